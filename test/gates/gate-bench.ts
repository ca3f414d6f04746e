// The real gates with real parts around them and no platform: a clock that stands still, a policy
// that asks for little work, and ledgers that count whoever touches them, because no gate may.

import { randomBytes } from 'node:crypto';
import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { Policy, Route } from '../../core/policy/policy.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { present } from '../../core/result.ts';
import { ApiKeys } from '../../worker/adapters/api-keys.ts';
import { AskLimiter } from '../../worker/adapters/ask-limiter.ts';
import { DeviceKeys } from '../../worker/adapters/device-keys.ts';
import { Ledgers } from '../../worker/adapters/ledgers.ts';
import { PublicKeys } from '../../worker/adapters/public-keys.ts';
import { Controls } from '../../worker/adapters/control.ts';
import { Shelves } from '../../worker/adapters/shelves.ts';
import { Courier } from '../../worker/adapters/courier.ts';
import { type ChallengeWish, issueChallenge } from '../../worker/challenges.ts';
import type { Deps, Env } from '../../worker/env.ts';
import { GATES } from '../../worker/gates/index.ts';
import { identify } from '../../worker/identify.ts';
import { Risk } from '../../worker/risk.ts';
import policySource from '../support/policy.ts';

export const NOW_MS = 1_800_000_000_000;
export const IP = '203.0.113.7';

export const random = (length: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(randomBytes(length));

export const ACTIVE_KEY = { kid: 1, secret: random(32) };

const loaded = loadPolicy(policySource);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
export const POLICY: Policy = loaded.value;

export const routeOf = (id: string): Route =>
  present(
    POLICY.routes.find((route) => route.id === id),
    `route ${id}`,
  );

/** How often anything has reached for a ledger object. */
export const reached = { objects: 0 };

const untouchable = {
  getByName() {
    reached.objects += 1;
    throw new Error('a gate reached for a ledger');
  },
};

export function makeDeps(parts: Partial<Deps> = {}): Deps {
  const apiKeySecret = random(32);
  const objects = { EDGE_SHARD: untouchable, PRINCIPAL_LEDGER: untouchable };
  const ledgers = new Ledgers(
    objects as unknown as Pick<Env, 'EDGE_SHARD' | 'PRINCIPAL_LEDGER'>,
    POLICY.layout,
  );
  return {
    policy: POLICY,
    keyring: new Keyring(ACTIVE_KEY, []),
    apiKeys: new ApiKeys(apiKeySecret),
    apiKeySecret,
    adminToken: null,
    isLocal: false,
    clientFiles: { fetch: () => Promise.reject(new Error('a gate serves no files')) },
    ledgers,
    courier: new Courier(ledgers),
    control: new Controls(
      { CONTROL: untouchable } as unknown as Pick<Env, 'CONTROL'>,
      () => NOW_MS,
    ),
    shelves: new Shelves(
      { CONVERSATION_SHELF: untouchable } as unknown as Pick<Env, 'CONVERSATION_SHELF'>,
      POLICY.realm,
    ),
    deviceKeys: new DeviceKeys(),
    publicKeys: new PublicKeys(),
    tokens: null,
    sessions: null,
    risk: new Risk(),
    askLimiter: new AskLimiter(POLICY.asks),
    turnstile: null,
    nowMs: () => NOW_MS,
    appOrigin: ({ baseUrl }) => ({ baseUrl, grantKey: random(32) }),
    randomBytes: random,
    upstream: () => ({ baseUrl: 'http://provider.example', apiKey: 'sk-none' }),
    ...parts,
  };
}

export const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'hi' }],
  max_tokens: 16,
});

export type Sent = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly ip?: string;
  readonly method?: string;
  readonly routeId?: string;
  /** As the caller addressed it. */
  readonly url?: string;
};

export const URL_OF_CHAT = 'https://gateway.example/api/chat';

export function requestOf(sent: Sent): Request {
  return new Request(sent.url ?? URL_OF_CHAT, {
    method: sent.method ?? 'POST',
    headers: {
      'Content-Type': 'application/json',
      'CF-Connecting-IP': sent.ip ?? IP,
      ...sent.headers,
    },
    body: sent.body ?? BODY,
  });
}

export type Outcome = {
  /** The gate that refused, or `passed`. */
  readonly gate: string;
  readonly denial: Denial | null;
  /** The call as far as it came. */
  readonly call: Call;
  readonly bodyReads: number;
};

/** Sends a request through every gate, as the request path does. */
export async function pass(sent: Sent, deps: Deps): Promise<Outcome> {
  const first = identify(requestOf(sent), { route: routeOf(sent.routeId ?? 'app-chat') }, deps);
  let bodyReads = 0;
  const incoming: Call['incoming'] = {
    read(bytesMax) {
      bodyReads += 1;
      return first.incoming.read(bytesMax);
    },
  };
  let call: Call = { ...first, incoming };
  for (const gate of GATES) {
    const verdict = await gate.check(call, deps);
    if (!verdict.ok) return { gate: gate.name, denial: verdict.error, call, bodyReads };
    call = verdict.value;
  }
  return { gate: 'passed', denial: null, call, bodyReads };
}

/** What was said no to, in one word: the failure of a proof or the kind of the denial. */
export function wordOf({ denial }: Outcome): string {
  if (denial === null) return 'passed';
  return denial.kind === 'proof-rejected' ? denial.failure : denial.kind;
}

/** A challenge for the usual caller, dear enough for the usual body. */
export const challengeFor = (deps: Deps, wish: Partial<ChallengeWish> = {}): string =>
  present(
    issueChallenge(
      {
        route: routeOf('app-chat'),
        principal: `ip:${IP}`,
        caller: (wish.jkt ?? '') === '' ? 'address' : 'device',
        risk: 0,
        jkt: '',
        costNanoUsdMax: 2_000_000,
        ahead: false,
        hasPass: false,
        ...wish,
      },
      deps,
    ),
    'challenge',
  ).wire;

/** The body that would go up, as text; nothing where the call did not get so far. */
export const forwardedText = ({ forwarded }: Pick<Call, 'forwarded'>): string =>
  forwarded === null ? '' : new TextDecoder().decode(forwarded.body);
