// The id of an API key, which says what the key is for, until when it is good and what it may spend
// in all, so that all three are known without asking anybody. The key's tag covers the id; this
// file reads and writes it and vouches for nothing.

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
};

/** A key for a server, with nothing more said. */
export const PLAIN_TERMS: KeyTerms = Object.freeze({
  purpose: 'server',
  expiresAtSeconds: null,
  capNanoUsd: null,
});

export type ApiKeyId = KeyTerms & { readonly tenant: string | null };

/** What a tenant may be called. */
export const TENANT_SHAPE = /^[a-z0-9-]{1,32}$/;
const SECONDS_MAX = 2 ** 32 - 1;

/**
 * `1k97xotwas4n`, `acme~1k97xotwas4n` for a tenant, and with terms
 * `ci-t3k9x0-1ekg-1k97xotwas4n`: purpose, second of expiry and cap in base 36, `0` for none.
 */
const SHAPE =
  /^(?:([a-z0-9-]{1,32})~)?(?:(ci|server)-([0-9a-z]{1,7})-([0-9a-z]{1,11})-)?[0-9a-z]{12}$/;

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
  const [, tenant = null, purpose, expiry = '0', cap = '0'] = match;
  if (purpose === undefined) return { tenant, ...PLAIN_TERMS };
  const expiresAtSeconds = numberOf(expiry, SECONDS_MAX);
  const capNanoUsd = numberOf(cap, NANO_USD_MAX);
  if (expiresAtSeconds === undefined || capNanoUsd === undefined) return null;
  const isBounded = expiresAtSeconds !== null && capNanoUsd !== null;
  if (purpose === 'ci') return isBounded ? { tenant, purpose, expiresAtSeconds, capNanoUsd } : null;
  return { tenant, purpose: 'server', expiresAtSeconds, capNanoUsd };
}

/** The id with these terms; `name` is its twelve random letters and digits. */
export function formatApiKeyId({ tenant, ...terms }: ApiKeyId, name: string): string {
  const { purpose, expiresAtSeconds, capNanoUsd } = terms;
  const owner = tenant === null ? '' : `${tenant}~`;
  const isPlain = purpose === 'server' && expiresAtSeconds === null && capNanoUsd === null;
  const said = [expiresAtSeconds, capNanoUsd].map((number) => (number ?? 0).toString(36));
  const id = `${owner}${isPlain ? '' : `${[purpose, ...said].join('-')}-`}${name}`;
  const read = readApiKeyId(id);
  const isSame =
    read?.tenant === tenant &&
    read.purpose === purpose &&
    read.expiresAtSeconds === expiresAtSeconds &&
    read.capNanoUsd === capNanoUsd;
  if (!isSame) throw new Fault('terms that no id can say, or not the name of a tenant');
  return id;
}
