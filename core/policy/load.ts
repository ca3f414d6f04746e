// From the operator's file to a policy, or to everything that is wrong with it at once, each as a
// path and a sentence. A policy that does not load serves nothing.

import { fromBase64Url, toHex, utf8 } from '../bytes.ts';
import { setsOf, type ShardLayout } from '../ledger/layout.ts';
import { readAgentKey } from '../proof/agent-key.ts';
import { type IssuerKey, readIssuerKey } from '../proof/issuer-key.ts';
import { sha256 } from '../proof/sha256.ts';
import { err, ok, present, type Result } from '../result.ts';
import { inWords } from '../shape-failure.ts';
import { appErrors } from './app-errors.ts';
import { alertErrors } from './alert-errors.ts';
import { identityErrors } from './identity-errors.ts';
import { jwtIdentityOf, sessionIdentityOf } from './identity.ts';
import { injectErrors } from './inject-errors.ts';
import { limitErrors } from './limit-errors.ts';
import { layLimits, nanoUsdOf } from './limits.ts';
import { indexPaths } from './path-index.ts';
import type { Agent, Human, InjectClient, Policy, PolicyError, PrivateTokens } from './policy.ts';
import { planErrors } from './plan-errors.ts';
import { planOfClassOf, plansOf, toolsOf } from './plans.ts';
import { proofErrors } from './proof-errors.ts';
import { resolveRoute } from './resolve-route.ts';
import { routeErrors } from './route-errors.ts';
import { policySchema, type PolicySource } from './schema.ts';
import { toolErrors } from './tool-errors.ts';
import { upstreamErrors } from './upstream-errors.ts';

export type { PolicyError } from './policy.ts';

function layoutOf({ edgeShards }: PolicySource): ShardLayout {
  if (typeof edgeShards === 'number') return { epoch: 1, count: edgeShards, previous: null };
  const { epoch, count, previous = [] } = edgeShards;
  const layout = [previous]
    .flat()
    .reduceRight<ShardLayout | null>((older, set) => ({ ...set, previous: older }), null);
  return { epoch, count, previous: layout };
}

/** What is neither of a route nor of a limit. */
function otherErrors(source: PolicySource): PolicyError[] {
  const errors: PolicyError[] = [];
  const providers = source.providers.map((provider) => provider.id);
  providers.forEach((id, index) => {
    if (providers.indexOf(id) === index) return;
    const path = `providers[${String(index)}].id`;
    errors.push({ path, sentence: `another provider is called "${id}"` });
  });
  const epochs = setsOf(layoutOf(source)).map(({ epoch }) => epoch);
  if (epochs.some((epoch, at) => at > 0 && epoch >= (epochs[at - 1] ?? 0))) {
    errors.push({
      path: 'edgeShards.previous.epoch',
      sentence: 'must be below edgeShards.epoch, newest first',
    });
  }
  return errors;
}

function humanOf({ proof: { human } }: PolicySource): Human | null {
  if (human === undefined) return null;
  const { every, ...rest } = human;
  return { ...rest, everyNanoUsd: every === 'call' ? null : nanoUsdOf(every.usd) };
}

/** An office behind one address opens its pages at nine; answers carry the next challenge. */
const ASKS = { atOnce: 2_000, perSecond: 50 };

function privateTokensOf({ proof: { privateToken } }: PolicySource): PrivateTokens | null {
  if (privateToken === undefined) return null;
  const { issuer, origin, publicKeys } = privateToken;
  const keyOf = (text: string): IssuerKey =>
    present(readIssuerKey(present(fromBase64Url(text), 'key')), 'issuer key');
  return { issuer, origin, keys: publicKeys.map(keyOf) };
}

function agentsOf({ proof: { agents = [] } }: PolicySource): ReadonlyMap<string, Agent> {
  return new Map(
    agents.map(({ id, publicKey }) => {
      const key = present(readAgentKey(publicKey), 'agent key');
      return [key.keyId, { ...key, id }];
    }),
  );
}

function injectClientOf({ injectClient: source }: PolicySource): InjectClient | null {
  if (source === undefined) return null;
  const { protect, paths = ['/'], prepare = null } = source;
  return { protect, paths, prepare };
}

const VERSION_CHARS = 12;

export function loadPolicy(input: unknown): Result<Policy, readonly PolicyError[]> {
  const parsed = policySchema.safeParse(input);
  if (!parsed.success) {
    return err(
      parsed.error.issues.map((issue) => ({
        path: issue.path.map(String).join('.') || 'policy',
        sentence: inWords(issue.message),
      })),
    );
  }
  const source = parsed.data;
  const errors = [
    ...routeErrors(source),
    ...upstreamErrors(source),
    ...limitErrors(source),
    ...alertErrors(source),
    ...planErrors(source),
    ...proofErrors(source),
    ...identityErrors(source),
    ...injectErrors(source),
    ...toolErrors(source),
    ...appErrors(source),
    ...otherErrors(source),
  ];
  if (errors.length > 0) return err(errors);
  const version = toHex(sha256(utf8(JSON.stringify(source)))).slice(0, VERSION_CHARS);
  const tools = toolsOf(source);
  const routes = source.routes.map((route) => resolveRoute(source, route, { tools }));
  return ok(
    Object.freeze({
      version,
      realm: source.realm,
      mode: source.mode ?? null,
      rules: source.rules ?? {},
      plans: plansOf(source),
      planOfClass: planOfClassOf(source),
      tools,
      routes,
      paths: indexPaths(routes),
      limits: layLimits(source, version),
      work: source.proof,
      asks: source.proof.asks ?? ASKS,
      proofRules: source.proof.rules ?? [],
      human: humanOf(source),
      privateToken: privateTokensOf(source),
      agents: agentsOf(source),
      jwt: jwtIdentityOf(source),
      session: sessionIdentityOf(source),
      layout: Object.freeze(layoutOf(source)),
      leaseMs: source.leaseSeconds * 1_000,
      unprotected: source.unprotected,
      injectClient: injectClientOf(source),
      corsOrigins: new Set(source.corsOrigins),
      previews: source.previews ?? [],
      docsUrl: source.docsUrl.replace(/\/$/, ''),
    }),
  );
}
