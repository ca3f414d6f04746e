// Bindings in, dependencies out: the only place where the outside world is put together. A missing
// secret is named and nothing is served; nothing here has a default that allows.

import { fromBase64Url } from '../core/bytes.ts';
import type { Bytes } from '../core/bytes.ts';
import type { EdgeShard } from '../durable-objects/edge-shard.ts';
import type { PrincipalLedger } from '../durable-objects/principal-ledger.ts';
import { loadPolicy } from '../core/policy/load.ts';
import type { Policy, Provider } from '../core/policy/policy.ts';
import { Keyring, KEY_BYTES_MIN, parseMacKey } from '../core/proof/keyring.ts';
import { err, ok, type Result } from '../core/result.ts';
import policySource from 'weighbridge-policy';
import { ApiKeys } from './adapters/api-keys.ts';
import { Courier } from './adapters/courier.ts';
import { DeviceKeys } from './adapters/device-keys.ts';
import { Ledgers } from './adapters/ledgers.ts';

export type Env = {
  readonly PRINCIPAL_LEDGER: DurableObjectNamespace<PrincipalLedger>;
  readonly EDGE_SHARD: DurableObjectNamespace<EdgeShard>;
  readonly WEIGHBRIDGE_PROOF_KEY_ACTIVE?: string;
  readonly WEIGHBRIDGE_PROOF_KEY_PREVIOUS?: string;
  readonly WEIGHBRIDGE_PROOF_KEY_NEXT?: string;
  readonly WEIGHBRIDGE_API_KEY_SECRET?: string;
  readonly WEIGHBRIDGE_ADMIN_TOKEN?: string;
  /** `1` on a developer's machine: demo page at `/`, caller's address from the socket. */
  readonly WEIGHBRIDGE_LOCAL?: string;
  /** Provider keys and local base URLs, named by the policy. */
  readonly [name: string]: unknown;
};

export type Deps = {
  readonly policy: Policy;
  readonly keyring: Keyring;
  readonly apiKeys: ApiKeys;
  /** Makes new keys genuine. */
  readonly apiKeySecret: Bytes;
  readonly adminToken: string | null;
  readonly isLocal: boolean;
  readonly ledgers: Ledgers;
  readonly courier: Courier;
  readonly deviceKeys: DeviceKeys;
  readonly nowMs: () => number;
  readonly randomBytes: (length: number) => Bytes;
  readonly upstream: (provider: Provider) => { readonly baseUrl: string; readonly apiKey: string };
};

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

function readKeyring(env: Env, missing: string[]): Keyring | null {
  const active = parseMacKey(env.WEIGHBRIDGE_PROOF_KEY_ACTIVE ?? '');
  if (active === null) {
    missing.push('WEIGHBRIDGE_PROOF_KEY_ACTIVE ("kid:base64url", 32 bytes or more)');
  }
  const others = [];
  for (const name of ['WEIGHBRIDGE_PROOF_KEY_PREVIOUS', 'WEIGHBRIDGE_PROOF_KEY_NEXT'] as const) {
    const value = text(env[name]);
    const key = value === null ? null : parseMacKey(value);
    if (value !== null && key === null) missing.push(`${name} ("kid:base64url", or leave it out)`);
    if (key !== null) others.push(key);
  }
  return active === null ? null : new Keyring(active, others);
}

/**
 * Which secret holds the key, and where the provider is. Read from the environment, never a
 * request.
 */
function upstreamOf(env: Env): Deps['upstream'] {
  return (provider) => ({
    baseUrl: text(env[provider.baseUrlVariable]) ?? provider.baseUrl,
    apiKey: text(env[provider.apiKeySecret]) ?? '',
  });
}

/** Everything a request needs, or what the operator still has to set. */
export function compose(env: Env): Result<Deps, readonly string[]> {
  const missing: string[] = [];
  const policy = loadPolicy(policySource);
  if (!policy.ok) {
    return err(policy.error.map(({ path, sentence }) => `policy: ${path}: ${sentence}`));
  }
  const keyring = readKeyring(env, missing);
  const apiKeySecret = fromBase64Url(env.WEIGHBRIDGE_API_KEY_SECRET ?? '');
  if (apiKeySecret === null || apiKeySecret.length < KEY_BYTES_MIN) {
    missing.push('WEIGHBRIDGE_API_KEY_SECRET (base64url, 32 bytes or more)');
  }
  for (const { provider } of policy.value.routes) {
    if (text(env[provider.apiKeySecret]) === null) missing.push(provider.apiKeySecret);
  }
  if (missing.length > 0 || keyring === null || apiKeySecret === null) {
    return err([...new Set(missing)]);
  }
  const ledgers = new Ledgers(env, policy.value.layout);
  return ok({
    policy: policy.value,
    keyring,
    apiKeys: new ApiKeys(apiKeySecret),
    apiKeySecret,
    adminToken: text(env.WEIGHBRIDGE_ADMIN_TOKEN),
    isLocal: env.WEIGHBRIDGE_LOCAL === '1',
    ledgers,
    courier: new Courier(ledgers),
    deviceKeys: new DeviceKeys(),
    nowMs: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    upstream: upstreamOf(env),
  });
}
