// The gates with an app in their policy that knows its own sessions, on a clock that can be moved,
// and calls that show a cookie.

import { afterAll, beforeAll, beforeEach } from 'vitest';
import { loadPolicy } from '../../core/policy/load.ts';
import { Sessions } from '../../worker/adapters/sessions.ts';
import type { Deps } from '../../worker/env.ts';
import { prove } from '../support/anonymous.ts';
import policySource from '../support/policy.ts';
import { type SessionOrigin, startSessionOrigin } from '../support/session-origin.ts';
import { BODY, challengeFor, makeDeps, NOW_MS, type Outcome, pass, wordOf } from './gate-bench.ts';

export const CACHE_SECONDS = 10;
export const HOST = 'https://gateway.example';
export const LISTED = 'https://app.example';
export const SAME = { Origin: HOST };

/** Of one test: new for each. */
export type SessionBench = { origin: SessionOrigin; deps: Deps; nowMs: number };

type Sent = Readonly<Record<string, string>>;

/** Dependencies under a policy whose sessions this origin knows. */
export function sessionDeps(bench: SessionBench, more: object = {}): Deps {
  const app = { id: 'app', baseUrlVariable: 'APP_URL', grantSecret: 'APP_SECRET' };
  const session = { cookie: 'sid', origin: 'app', path: '/auth/session', plans: { gold: 'pro' } };
  const loaded = loadPolicy({
    ...policySource,
    plans: [{ id: 'pro' }, { id: 'free' }],
    corsOrigins: [LISTED],
    origins: [{ ...app, baseUrl: bench.origin.url }],
    limits: { ...policySource.limits, user: [{ window: 'day', usd: '0.40' }] },
    identities: { session: { ...session, ...more } },
  });
  if (!loaded.ok || loaded.value.session === null) throw new Error(JSON.stringify(loaded));
  const sessions = new Sessions(loaded.value.session);
  return makeDeps({ policy: loaded.value, sessions, nowMs: () => bench.nowMs });
}

/** One app for the tests of a file: `alice` is signed in with the cookie `good`. */
export function useSessions(): SessionBench {
  const bench = { nowMs: NOW_MS } as SessionBench;
  beforeAll(async () => {
    bench.origin = await startSessionOrigin();
  });
  beforeEach(() => {
    const { origin } = bench;
    origin.asked.length = 0;
    origin.misbehave = null;
    origin.sessions.clear();
    origin.sessions.set('good', { active: true, user: 'alice', plan: 'gold', verified: true });
    bench.nowMs = NOW_MS;
    bench.deps = sessionDeps(bench);
  });
  afterAll(() => bench.origin.close());
  return bench;
}

/** A call with this cookie, proven as whoever it is to be. */
export async function callWith(
  { deps }: SessionBench,
  cookie: string,
  more: Sent = SAME,
  principal = 'user:alice',
): Promise<Outcome> {
  const headers = await prove(challengeFor(deps, { principal }), BODY);
  return pass({ headers: { ...headers, Cookie: cookie, ...more } }, deps);
}

/** What became of it, in a word. */
export const said = async (...sent: Parameters<typeof callWith>): Promise<string> =>
  wordOf(await callWith(...sent));

export const anonymous = (
  bench: SessionBench,
  cookie: string,
  more: Sent = SAME,
): Promise<string> => said(bench, cookie, more, 'ip:203.0.113.7');
