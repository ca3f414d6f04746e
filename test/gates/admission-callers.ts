// Callers for laws of admission: what each of them shows, with a proof that is good or not; and
// headers that must mean nothing.

import { makeApiKey } from '../../core/api-key.ts';
import { PLAIN_TERMS } from '../../core/api-key-id.ts';
import { present } from '../../core/result.ts';
import { ApiKeys } from '../../worker/adapters/api-keys.ts';
import type { Deps } from '../../worker/env.ts';
import { makeAgent } from '../support/agents.ts';
import { makeDevice, prove } from '../support/anonymous.ts';
import { identitiesOf, makeIdentityProvider } from '../support/identity-provider.ts';
import { challengeFor, IP, NOW_MS, random, URL_OF_CHAT } from './gate-bench.ts';

const NOW_SECONDS = NOW_MS / 1_000;
const KEY_SECRET = random(32);

export const idp = makeIdentityProvider('ES256', 'one', () => NOW_SECONDS);
const device = await makeDevice();
const agent = makeAgent();
export const AGENT_JWK = agent.jwk;

export const IDENTITIES = identitiesOf([{ idp, algorithm: 'ES256' }], {
  planClaim: 'plan',
  requireDpop: false,
});

export const CALLERS = [
  'address',
  'device',
  'user',
  'key',
  'agent',
  'forged-key',
  'forged-token',
] as const;

/** `cheap`: for a smaller call. `of-another`: of a challenge for another principal. */
export const PROOFS = ['none', 'good', 'cheap', 'spoilt', 'of-another', 'junk'] as const;

export type Caller = {
  readonly as: (typeof CALLERS)[number];
  readonly plan: string | null;
  readonly isVerified: boolean;
  readonly proof: (typeof PROOFS)[number];
};

/** Headers by which somebody could be taken for somebody else (operations: test 29, and names). */
export const FORGED_HEADERS: Readonly<Record<string, string>> = {
  'CF-Connecting-IPv6': '2001:db8::7',
  'CF-Worker': 'forged.example',
  'X-Forwarded-For': '198.51.100.1, 10.0.0.1, ,,',
  'X-Forwarded-Host': 'forged.example',
  'X-Forwarded-Uri': '/forged',
  'X-Forwarded-User': 'forged',
  'X-Real-IP': '198.51.100.1',
  'True-Client-IP': '198.51.100.1',
  Forwarded: 'for=198.51.100.1;host=forged.example',
  'X-Original-URL': '/forged',
  'X-Rewrite-URL': '/forged',
  'X-Middleware-Subrequest': 'forged:forged:forged',
  'X-User-Id': 'forged',
  'Remote-User': 'forged',
  'Weighbridge-User': '"forged"',
  'Weighbridge-Plan': '"pro"',
  'Weighbridge-Mode': 'observe',
  'Weighbridge-Grant': 'forged',
  'X-Plan': 'pro',
};

export const KEYS = new ApiKeys(KEY_SECRET);

const PRINCIPALS: Readonly<Record<string, string>> = {
  device: `device:${device.jkt}`,
  user: 'user:alice',
  agent: 'agent:robot',
};

/** Everything that the caller of a case shows, with a proof of its own for this body. */
export async function headersOf(
  { as, plan: named, isVerified, proof }: Caller,
  body: string,
  deps: Deps,
): Promise<Record<string, string>> {
  const shown: Record<string, string> = {};
  const key = makeApiKey(random(44), KEY_SECRET, null, { ...PLAIN_TERMS, plan: named });
  const token = idp.token({ email_verified: isVerified, ...(named && { plan: named }) });
  if (as === 'key') shown['Authorization'] = `Bearer ${key.key}`;
  if (as === 'forged-key') shown['Authorization'] = `Bearer ${key.key.slice(0, -2)}AA`;
  if (as === 'user') shown['Authorization'] = `Bearer ${token}`;
  if (as === 'forged-token') shown['Authorization'] = `Bearer ${token.slice(0, -8)}AAAAAAAA`;
  if (proof === 'none') return shown;
  if (proof === 'junk') return { ...shown, 'Inference-Proof': 'v1.junk' };
  const principal = as === 'key' ? `key:${key.apiKey.id}` : (PRINCIPALS[as] ?? `ip:${IP}`);
  const wire = challengeFor(deps, {
    route: present(deps.policy.routes[0], 'route'),
    principal: proof === 'of-another' ? 'user:mallory' : principal,
    caller: as === 'device' || as === 'user' || as === 'agent' || as === 'key' ? as : 'address',
    jkt: as === 'device' ? device.jkt : '',
    costNanoUsdMax: proof === 'cheap' ? 1_000 : 500_000_000,
  });
  if (as === 'agent') {
    const signed = await agent.sign(wire, { url: URL_OF_CHAT, body, nowSeconds: NOW_SECONDS });
    return proof === 'spoilt' ? { ...signed, Signature: 'sig1=:AAAA:' } : signed;
  }
  const proven = await prove(wire, body, as === 'device' ? device : null);
  const evidence = proven['Inference-Proof'] ?? '';
  return {
    ...shown,
    ...proven,
    ...(proof === 'spoilt' ? { 'Inference-Proof': evidence.replace(/w=:../, 'w=:AA') } : {}),
  };
}
