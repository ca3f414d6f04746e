// RFC 9421 as far as we take it: finds the signature whose key is an agent's, judges what it covers
// and what it says of itself, and lays out the text that was signed. The caller of this decides
// which key and algorithm; a signature only names the key it claims.

import { type Bytes, toBase64Url, utf8 } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import type { AgentKey } from './agent-key.ts';
import { CLOCK_SKEW_SECONDS, type ProofFailure } from './index.ts';
import {
  type BareItem,
  formatItem,
  formatMember,
  type InnerList,
  isInnerList,
  type Item,
  parseDictionary,
} from './structured-field.ts';

/** From `created` to `expires`. */
const SIGNATURE_SECONDS_MAX = 120;
/** What a signature may say it is for: that of Web Bot Auth, or ours. */
const SIGNATURE_TAGS: readonly string[] = ['web-bot-auth', 'weighbridge'];
/** Without these a signature would hold for another request as well. */
const COMPONENTS_NEEDED = ['@method', '@authority', '@path', 'content-digest'] as const;
const PARAMETERS_KNOWN = ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'];

export type SignatureInput = {
  readonly label: string;
  readonly keyId: string;
  readonly input: InnerList;
};

const textOf = (item: BareItem | undefined): string | null =>
  item?.as === 'string' ? item.value : null;

/** All signatures of the field by keys that are ours; none if the field cannot be read. */
export function signaturesBy(
  field: string,
  isOurs: (keyId: string) => boolean,
): readonly SignatureInput[] {
  const found: SignatureInput[] = [];
  for (const [label, member] of parseDictionary(field) ?? []) {
    if (!isInnerList(member)) continue;
    const keyId = textOf(member.parameters.get('keyid'));
    if (keyId !== null && isOurs(keyId)) found.push({ label, keyId, input: member });
  }
  return found;
}

/** The bytes under this label in the `Signature` field. */
export function signatureBytes(field: string, label: string): Bytes | null {
  const member = parseDictionary(field)?.get(label);
  if (member === undefined || isInnerList(member)) return null;
  return member.bare.as === 'bytes' && member.parameters.size === 0 ? member.bare.value : null;
}

export type SignatureContext = {
  readonly nowSeconds: number;
  /** Of the challenge that the call answers. */
  readonly nonce: Bytes;
  readonly key: Pick<AgentKey, 'keyId' | 'algorithm'>;
  readonly hasQuery: boolean;
};

function timesFailure({ input }: SignatureInput, nowSeconds: number): ProofFailure | null {
  const created = input.parameters.get('created');
  const expires = input.parameters.get('expires');
  if (created?.as !== 'integer' || expires?.as !== 'integer') return 'signature-terms';
  if (created.value > nowSeconds + CLOCK_SKEW_SECONDS) return 'not-yet-valid';
  if (expires.value <= nowSeconds) return 'expired';
  const seconds = expires.value - created.value;
  return seconds > 0 && seconds <= SIGNATURE_SECONDS_MAX ? null : 'ttl';
}

function termsFailure(
  { keyId: named, input }: SignatureInput,
  context: SignatureContext,
): ProofFailure | null {
  const { parameters } = input;
  for (const name of parameters.keys()) {
    if (!PARAMETERS_KNOWN.includes(name)) return 'signature-terms';
  }
  const { keyId, algorithm } = context.key;
  if (named !== keyId) return 'signature-terms';
  const alg = parameters.get('alg');
  // The key says the algorithm. A signature may only agree.
  if (alg !== undefined && textOf(alg) !== algorithm) return 'signature-terms';
  const tag = textOf(parameters.get('tag'));
  if (tag === null || !SIGNATURE_TAGS.includes(tag)) return 'signature-terms';
  const nonce = textOf(parameters.get('nonce'));
  return nonce === toBase64Url(context.nonce) ? null : 'signature-nonce';
}

/** Only a component without parameters covers what its name says. */
const isPlain = (item: Item, name: string): boolean =>
  item.parameters.size === 0 && textOf(item.bare) === name;

function coverageFailure({ input }: SignatureInput, hasQuery: boolean): ProofFailure | null {
  const covers = (name: string): boolean => input.items.some((item) => isPlain(item, name));
  if (!COMPONENTS_NEEDED.every(covers)) return 'signature-coverage';
  if (hasQuery && !covers('@query') && !covers('@target-uri')) return 'signature-coverage';
  const names = input.items.map(formatItem);
  return new Set(names).size === names.length ? null : 'signature-coverage';
}

/** Everything but the signature itself. */
export const judgeSignature = (
  signature: SignatureInput,
  context: SignatureContext,
): ProofFailure | null =>
  termsFailure(signature, context) ??
  timesFailure(signature, context.nowSeconds) ??
  coverageFailure(signature, context.hasQuery);

/** The value of a component, by its name; null if the request has none. */
export type ComponentValues = {
  /** `@method` and the like. */
  derived(name: string): string | null;
  /** A field of the request by its lower-case name. */
  field(name: string): string | null;
};

const FIELD_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** What a line of the base may hold: a line break in a value would be another line. */
const LINE = /^[\x20-\x7e]*$/;

function valueOf(item: Item, values: ComponentValues): string | null {
  const name = textOf(item.bare);
  if (name === null) return null;
  const { parameters } = item;
  if (name.startsWith('@')) return parameters.size === 0 ? values.derived(name) : null;
  if (!FIELD_NAME.test(name)) return null;
  const value = values.field(name);
  if (value === null || parameters.size === 0) return value?.trim() ?? null;
  // One member of a dictionary (RFC 9421 section 2.1.2), and no other parameter.
  const key = parameters.size === 1 ? textOf(parameters.get('key')) : null;
  const member = key === null ? undefined : parseDictionary(value)?.get(key);
  return member === undefined ? null : formatMember(member);
}

/** RFC 9421 section 2.5: the text that was signed. */
export function signatureBase(
  { input }: SignatureInput,
  values: ComponentValues,
): Result<Bytes, ProofFailure> {
  const lines: string[] = [];
  for (const item of input.items) {
    const value = valueOf(item, values);
    if (value === null || !LINE.test(value)) return err('signature-coverage');
    lines.push(`${formatItem(item)}: ${value}`);
  }
  lines.push(`"@signature-params": ${formatMember(input)}`);
  return ok(utf8(lines.join('\n')));
}
