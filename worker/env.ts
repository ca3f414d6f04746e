// Bindings in, dependencies out: the only place where the outside world is put together. A missing
// secret is named and nothing is served; nothing here has a default that allows.

import { type Bytes, fromBase64Url } from '../core/bytes.ts';
import type { Control } from '../durable-objects/control.ts';
import type { ConversationShelf } from '../durable-objects/conversation-shelf.ts';
import type { EdgeShard } from '../durable-objects/edge-shard.ts';
import type { PrincipalLedger } from '../durable-objects/principal-ledger.ts';
import { loadPolicy } from '../core/policy/load.ts';
import type { Origin, Policy, Provider, Route } from '../core/policy/policy.ts';
import type { PolicySource } from '../core/policy/schema.ts';
import { KEY_BYTES_MIN, type Keyring } from '../core/proof/keyring.ts';
import { keyringOf, keySetWarnings, readKeySet } from '../core/proof/key-set.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import policySource from 'weighbridge-policy';
import { ApiKeys } from './adapters/api-keys.ts';
import { AskLimiter } from './adapters/ask-limiter.ts';
import { Controls } from './adapters/control.ts';
import { Courier } from './adapters/courier.ts';
import { DeviceKeys } from './adapters/device-keys.ts';
import { PublicKeys } from './adapters/public-keys.ts';
import { Ledgers } from './adapters/ledgers.ts';
import { Sessions } from './adapters/sessions.ts';
import { Shelves } from './adapters/shelves.ts';
import { siteverify, SITEVERIFY_URL, type Turnstile } from './adapters/siteverify.ts';
import { Tokens } from './adapters/tokens.ts';
import { Risk } from './risk.ts';

export type Env = {
  readonly PRINCIPAL_LEDGER: DurableObjectNamespace<PrincipalLedger>;
  readonly EDGE_SHARD: DurableObjectNamespace<EdgeShard>;
  readonly CLIENT_FILES: Fetcher;
  readonly CONTROL: DurableObjectNamespace<Control>;
  readonly CONVERSATION_SHELF: DurableObjectNamespace<ConversationShelf>;
  readonly WEIGHBRIDGE_PROOF_KEY_ACTIVE?: string;
  readonly WEIGHBRIDGE_PROOF_KEY_PREVIOUS?: string;
  readonly WEIGHBRIDGE_PROOF_KEY_NEXT?: string;
  readonly WEIGHBRIDGE_API_KEY_SECRET?: string;
  readonly WEIGHBRIDGE_ADMIN_TOKEN?: string;
  /** `1` on a developer's machine: demo page at `/`, caller's address from the socket. */
  readonly WEIGHBRIDGE_LOCAL?: string;
  /** Locally, who stands in for Cloudflare's siteverify. Nothing anywhere else. */
  readonly TURNSTILE_SITEVERIFY_URL?: string;
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
  /** What browsers load, as it was built. */
  readonly clientFiles: Pick<Fetcher, 'fetch'>;
  readonly ledgers: Ledgers;
  readonly courier: Courier;
  readonly control: Controls;
  /** What is said on apps' own routes. */
  readonly shelves: Shelves;
  readonly deviceKeys: DeviceKeys;
  /** Users' tokens; null where the policy names no identity provider. */
  readonly tokens: Tokens | null;
  /** Users' sessions; null where the policy asks no origin for them. */
  readonly sessions: Sessions | null;
  readonly publicKeys: PublicKeys;
  readonly risk: Risk;
  readonly askLimiter: AskLimiter;
  /** Who says that there is a human; null where the policy asks nobody. */
  readonly turnstile: Turnstile | null;
  readonly nowMs: () => number;
  readonly randomBytes: (length: number) => Bytes;
  readonly upstream: (provider: Provider) => { readonly baseUrl: string; readonly apiKey: string };
  /** Where a server of the app is, and what signs its grants. */
  readonly appOrigin: (origin: Origin) => { readonly baseUrl: string; readonly grantKey: Bytes };
};

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

function readKeyring(env: Env, missing: string[]): Keyring | null {
  const keys = readKeySet(env);
  if (!keys.ok) missing.push(...keys.error);
  return keys.ok ? keyringOf(keys.value) : null;
}

/** What serves and is not safe to leave as it is. */
export function warningsOf(env: Env): readonly string[] {
  const keys = readKeySet(env);
  const { providers } = policySource as PolicySource;
  const unserved = providers
    .filter(({ apiKeySecret }) => text(env[apiKeySecret]) === null)
    .map(({ id, apiKeySecret }) => `${apiKeySecret} is not set: routes to ${id} are not served`);
  return [...(keys.ok ? keySetWarnings(keys.value) : []), ...unserved];
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

/**
 * Only a developer's machine may name another judge than Cloudflare: in production a variable that
 * is set by mistake, or by whoever may set variables but not read secrets, would decide who is
 * human.
 */
export function turnstileOf(
  env: Env,
  { human }: Pick<Policy, 'human'>,
  missing: string[],
): Turnstile | null {
  if (human === null) return null;
  const secret = text(env[human.secret]);
  if (secret === null) missing.push(human.secret);
  const local = env.WEIGHBRIDGE_LOCAL === '1' ? text(env.TURNSTILE_SITEVERIFY_URL) : null;
  return {
    ask: siteverify(local ?? SITEVERIFY_URL, secret ?? ''),
    scriptUrl: local === null ? null : local.replace(/siteverify$/, 'api.js'),
  };
}

/** What signs an origin's grants, or null: whoever could guess it could pass for the gateway. */
function grantKeyOf(env: Env, { grantSecret }: Pick<Origin, 'grantSecret'>): Bytes | null {
  const key = fromBase64Url(text(env[grantSecret]) ?? '');
  return key === null || key.length < KEY_BYTES_MIN ? null : key;
}

/** The same bytes every time: what is derived from them is remembered by them. */
function appOriginOf(env: Env): Deps['appOrigin'] {
  const keys = new Map<string, Bytes>();
  return ({ id, baseUrl, baseUrlVariable, grantSecret }) => {
    const grantKey = keys.get(id) ?? present(grantKeyOf(env, { grantSecret }), 'grant secret');
    keys.set(id, grantKey);
    return { baseUrl: text(env[baseUrlVariable]) ?? baseUrl, grantKey };
  };
}

const isPlainUrl = (jwt: Policy['jwt']): boolean =>
  jwt !== null && 'url' in jwt.keys && jwt.keys.url.startsWith('http:');

/** Secrets without which a route cannot be served. */
const secretsOf = ({ provider, steps }: Route): readonly string[] => [
  ...(provider === null || provider.optional === true ? [] : [provider.apiKeySecret]),
  ...[...steps.values()].flatMap(secretsOf),
];

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
  const { jwt, session, routes } = policy.value;
  // Whoever stands between could put keys of its own in the place of the provider's.
  if (env.WEIGHBRIDGE_LOCAL !== '1' && isPlainUrl(jwt)) missing.push('jwks.url with https');
  for (const origin of [...routes.map((route) => route.origin), session?.origin ?? null]) {
    if (origin === null || grantKeyOf(env, origin) !== null) continue;
    missing.push(`${origin.grantSecret} (base64url, 32 bytes or more)`);
  }
  for (const name of policy.value.routes.flatMap(secretsOf)) {
    if (text(env[name]) === null) missing.push(name);
  }
  const turnstile = turnstileOf(env, policy.value, missing);
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
    clientFiles: env.CLIENT_FILES,
    ledgers,
    courier: new Courier(ledgers),
    control: new Controls(env, () => Date.now()),
    shelves: new Shelves(env, policy.value.realm),
    deviceKeys: new DeviceKeys(),
    tokens: jwt === null ? null : new Tokens(jwt),
    sessions: session === null ? null : new Sessions(session),
    publicKeys: new PublicKeys(),
    risk: new Risk(),
    askLimiter: new AskLimiter(policy.value.asks),
    turnstile,
    nowMs: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    upstream: upstreamOf(env),
    appOrigin: appOriginOf(env),
  });
}
