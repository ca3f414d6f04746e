// The id of an API key, which says whose it is, on which plan, what it is for, until when it is
// good and what it may spend in all, so that these are known without asking anybody. The key's tag
// covers the id; this file reads and writes it and vouches for nothing.

import { NANO_USD_MAX } from './money.ts';
import { Fault } from './result.ts';

/** `ci`: a build or a monitor, which shows no proof even where everybody else does. */
export type KeyPurpose = 'server' | 'ci';

export type KeyTerms = {
  readonly purpose: KeyPurpose;
  /** The key is not accepted from this second on. */
  readonly expiresAtSeconds: number | null;
  /** The most it may spend in all its life. */
  readonly capNanoUsd: number | null;
  /** The plan of the policy that it is on, or null. */
  readonly plan: string | null;
  /**
   * Its ledger keeps more: routes, or budgets of its own. While that is silent nobody knows them.
   */
  readonly isRestricted: boolean;
};

/** A key for a server, with nothing more said. */
export const PLAIN_TERMS: KeyTerms = Object.freeze({
  purpose: 'server',
  expiresAtSeconds: null,
  capNanoUsd: null,
  plan: null,
  isRestricted: false,
});

export type ApiKeyId = KeyTerms & { readonly tenant: string | null };

/** What a tenant may be called. */
export const TENANT_SHAPE = /^[a-z0-9-]{1,32}$/;
const SECONDS_MAX = 2 ** 32 - 1;

/**
 * `1k97xotwas4n`, `acme~1k97xotwas4n` for a tenant, `acme~pro~1k97xotwas4n` or `~pro~1k97xotwas4n`
 * with a plan, and with terms `ci-t3k9x0-1ekg-1k97xotwas4n`: purpose, second of expiry and cap in
 * base 36, `0` for none, and `r` behind them for a restricted key.
 */
const SHAPE = new RegExp(
  '^(?:([a-z0-9-]{1,32})~|([a-z0-9-]{1,32})?~([a-z0-9][a-z0-9-]{0,62})~)?' +
    '(?:(ci|server)-([0-9a-z]{1,7})-([0-9a-z]{1,11})-(r-)?)?[0-9a-z]{12}$',
);

/** A number in base 36 in its one spelling; 0 is none. Undefined if it is not one. */
function numberOf(text: string, max: number): number | null | undefined {
  const number = Number.parseInt(text, 36);
  if (number > max || number.toString(36) !== text) return undefined;
  return number === 0 ? null : number;
}

/** What the id says, or null if no id of ours is written like this. */
export function readApiKeyId(id: string): ApiKeyId | null {
  const match = SHAPE.exec(id);
  if (match === null) return null;
  const [, only, owner, plan = null, purpose = 'server', expiry = '0', cap = '0', mark] = match;
  const expiresAtSeconds = numberOf(expiry, SECONDS_MAX);
  const capNanoUsd = numberOf(cap, NANO_USD_MAX);
  if (expiresAtSeconds === undefined || capNanoUsd === undefined) return null;
  const isBounded = expiresAtSeconds !== null && capNanoUsd !== null;
  if (purpose === 'ci' && !isBounded) return null;
  return {
    tenant: only ?? owner ?? null,
    purpose: purpose === 'ci' ? 'ci' : 'server',
    expiresAtSeconds,
    capNanoUsd,
    plan,
    isRestricted: mark !== undefined,
  };
}

const FIELDS = [
  'tenant',
  'purpose',
  'expiresAtSeconds',
  'capNanoUsd',
  'plan',
  'isRestricted',
] as const;

/** The id with these terms; `name` is its twelve random letters and digits. */
export function formatApiKeyId(terms: ApiKeyId, name: string): string {
  const { tenant, purpose, expiresAtSeconds, capNanoUsd, plan, isRestricted } = terms;
  const owner = tenant === null && plan === null ? '' : `${tenant ?? ''}~`;
  const on = plan === null ? '' : `${plan}~`;
  const isPlain = purpose === 'server' && expiresAtSeconds === null && capNanoUsd === null;
  const numbers = [expiresAtSeconds, capNanoUsd].map((number) => (number ?? 0).toString(36));
  const said = isPlain && !isRestricted ? '' : `${[purpose, ...numbers].join('-')}-`;
  const id = `${owner}${on}${said}${isRestricted ? 'r-' : ''}${name}`;
  const read = readApiKeyId(id);
  if (!FIELDS.every((field) => read?.[field] === terms[field])) {
    throw new Fault('terms that no id can say, or not the name of a tenant or a plan');
  }
  return id;
}
