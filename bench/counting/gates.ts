// The gateway itself, with paths that do one thing many times over, so that its time can be taken
// from outside (a Worker's clock stands still): all its gates, whichever there are; the search for
// a route among a thousand; the loading of such a policy.

import type { Call } from '../../core/call.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import { matchRoute } from '../../core/policy/match.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { present } from '../../core/result.ts';
import { compose, type Deps, type Env } from '../../worker/env.ts';
import { GATES } from '../../worker/gates/index.ts';
import { identify } from '../../worker/identify.ts';
import gateway from '../../worker/index.ts';
import { VERIFIERS } from '../../worker/verifiers/index.ts';
import manyRoutes from '../many-routes.ts';

export { Control, ConversationShelf, EdgeShard, PrincipalLedger } from '../../worker/index.ts';

let composed: Deps | null = null;

function depsOf(env: Env): Deps {
  if (composed !== null) return composed;
  const deps = compose(env);
  if (!deps.ok) throw new Error(deps.error.join(', '));
  return (composed = deps.value);
}

let loaded: Policy | null = null;

function load(): Policy {
  const policy = loadPolicy(manyRoutes);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}

/** The call in the order of its path, up to the hold. */
async function throughGates(first: Call, deps: Deps): Promise<Call> {
  let call = first;
  for (const gate of GATES) {
    const verdict = await gate.check(call, deps);
    if (!verdict.ok) throw new Error(`${gate.name}: ${JSON.stringify(verdict.error)}`);
    call = verdict.value;
  }
  return call;
}

/** Of a request like this one, `times` over: `made` only makes the requests, for comparison. */
async function gates(what: string, request: Request, times: number, env: Env): Promise<void> {
  const deps = depsOf(env);
  const id = new URL(request.url).searchParams.get('route');
  const route = present(
    deps.policy.routes.find((one) => one.id === id),
    'route',
  );
  const { method, url, headers } = request;
  const body = await request.arrayBuffer();
  const made = (): Request => new Request(url, { method, headers, body });
  if (what === 'work') {
    const call = await throughGates(identify(made(), { route }, deps), deps);
    const verifier = present(
      VERIFIERS.find((one) => one.id === 'work'),
      'verifier',
    );
    const challenge = present(call.challenge, 'challenge');
    const evidence = present(call.evidence, 'evidence');
    for (let i = 0; i < times; i += 1) await verifier.verify({ call, challenge, evidence }, deps);
    return;
  }
  for (let i = 0; i < times; i += 1) {
    const one = made();
    if (what === 'gates') await throughGates(identify(one, { route }, deps), deps);
  }
}

function match(request: Request, times: number): string {
  const path = present(new URL(request.url).searchParams.get('path'), 'path');
  loaded ??= load();
  for (let i = 0; i < times; i += 1) matchRoute(loaded, path);
  return matchRoute(loaded, path).kind;
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    const what = /^\/_bench\/([a-z]+)$/.exec(pathname)?.[1];
    if (what === undefined) return gateway.fetch(request, env, context);
    const times = Number(searchParams.get('times'));
    if (what === 'match') return new Response(match(request, times));
    if (what === 'load') for (let i = 0; i < times; i += 1) loaded = load();
    else await gates(what, request, times, env);
    return new Response('done');
  },
} satisfies ExportedHandler<Env>;
