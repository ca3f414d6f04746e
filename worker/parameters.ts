// What a caller has to know beside a challenge to answer it, such as the site key of a widget:
// asked of every verifier that the challenge requires. Public facts only.

import type { Route } from '../core/policy/policy.ts';
import { requires, type VerifierId } from '../core/proof/requirement.ts';
import type { Issued } from './challenges.ts';
import type { Deps } from './env.ts';
import { VERIFIERS } from './verifiers/index.ts';
import type { Parameters } from './verifiers/verifier.ts';

/** These have an authentication scheme of their own (RFC 9577) in the same header. */
const OWN_SCHEME: ReadonlySet<VerifierId> = new Set(['private-token']);

type Told = readonly (readonly [id: VerifierId, parameters: Parameters])[];

function parametersOf({ wire, require }: Issued, route: Route, deps: Deps): Told {
  return VERIFIERS.flatMap((verifier) => {
    const { id } = verifier;
    const told = requires(require, id) ? verifier.parameters(wire, route, deps) : null;
    return told === null ? [] : [[id, told] as const];
  });
}

const camel = (id: string): string =>
  id.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** For a document: `{ human: { siteKey, action } }`. */
export const parameterMembers = (
  issued: Issued,
  route: Route,
  deps: Deps,
): Readonly<Record<string, Parameters>> =>
  Object.fromEntries(parametersOf(issued, route, deps).map(([id, told]) => [camel(id), told]));

/** For `WWW-Authenticate`: `Proof challenge="…", human-site-key="…", human-action="…"`. */
export function proofScheme(issued: Issued, route: Route, deps: Deps): string {
  const parameters = parametersOf(issued, route, deps)
    .filter(([id]) => !OWN_SCHEME.has(id))
    .flatMap(([id, told]) =>
      Object.entries(told).map(([name, value]) => `${id}-${kebab(name)}="${value}"`),
    );
  return [`Proof challenge="${issued.wire}"`, ...parameters].join(', ');
}
