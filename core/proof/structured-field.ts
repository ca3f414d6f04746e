// Reads an RFC 9651 dictionary of items and inner lists, as `Signature-Input` and `Signature` are,
// and writes back what it has read. A strict subset: a key twice, decimals, dates, display strings,
// bytes in another spelling than the canonical one and anything beyond a limit are refused, so what
// is read here reads the same everywhere.

import { type Bytes, fromBase64, toBase64 } from '../bytes.ts';

export const FIELD_CHARS_MAX = 4_096;
const MEMBERS_MAX = 16;
const ITEMS_MAX = 32;
const PARAMETERS_MAX = 16;

export type BareItem =
  | { readonly as: 'integer'; readonly value: number }
  | { readonly as: 'string'; readonly value: string }
  | { readonly as: 'token'; readonly value: string }
  | { readonly as: 'bytes'; readonly value: Bytes }
  | { readonly as: 'boolean'; readonly value: boolean };

export type Parameters = ReadonlyMap<string, BareItem>;
export type Item = { readonly bare: BareItem; readonly parameters: Parameters };
export type InnerList = { readonly items: readonly Item[]; readonly parameters: Parameters };
export type Member = Item | InnerList;

const KEY = /[a-z*][a-z0-9_.*-]*/y;
const INTEGER = /-?[0-9]{1,15}(?![0-9.])/y;
const STRING = /"((?:[ !#-[\]-~]|\\["\\])*)"/y;
const TOKEN = /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y;
const BYTES = /:([A-Za-z0-9+/=]*):/y;
const BOOLEAN = /\?([01])/y;
const BLANKS = / */y;
const COMMA = /[ \t]*,[ \t]*/y;

const TRUE: BareItem = { as: 'boolean', value: true };

/** Reads on from where it stands; null means that the whole field is refused. */
class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at === this.#text.length;
  }

  /** What the pattern matches here; its group if it has one. */
  match(pattern: RegExp): string | null {
    const sticky = pattern;
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.#text);
    if (found === null) return null;
    this.at = sticky.lastIndex;
    return found[1] ?? found[0];
  }

  take(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  bareItem(): BareItem | null {
    const integer = this.match(INTEGER);
    // Minus zero is zero.
    if (integer !== null) return { as: 'integer', value: Number(integer) + 0 };
    const string = this.match(STRING);
    if (string !== null) {
      return { as: 'string', value: string === '""' ? '' : string.replace(/\\(["\\])/g, '$1') };
    }
    const token = this.match(TOKEN);
    if (token !== null) return { as: 'token', value: token };
    const boolean = this.match(BOOLEAN);
    if (boolean !== null) return { as: 'boolean', value: boolean === '1' };
    const base64 = this.match(BYTES);
    const value = base64 === null ? null : fromBase64(base64);
    return value === null ? null : { as: 'bytes', value };
  }

  parameters(): Parameters | null {
    const read = new Map<string, BareItem>();
    while (this.take(';')) {
      this.match(BLANKS);
      const key = this.match(KEY);
      if (key === null || read.has(key) || read.size === PARAMETERS_MAX) return null;
      const value = this.take('=') ? this.bareItem() : TRUE;
      if (value === null) return null;
      read.set(key, value);
    }
    return read;
  }

  item(): Item | null {
    const bare = this.bareItem();
    const parameters = bare === null ? null : this.parameters();
    return bare === null || parameters === null ? null : { bare, parameters };
  }

  /** After its opening bracket. */
  innerList(): InnerList | null {
    const items: Item[] = [];
    for (;;) {
      const start = this.at;
      this.match(BLANKS);
      if (this.take(')')) break;
      // Items stand apart.
      if (items.length > 0 && this.at === start) return null;
      const item = this.item();
      if (item === null || items.length === ITEMS_MAX) return null;
      items.push(item);
    }
    const parameters = this.parameters();
    return parameters === null ? null : { items, parameters };
  }

  member(): Member | null {
    if (!this.take('=')) {
      const parameters = this.parameters();
      return parameters === null ? null : { bare: TRUE, parameters };
    }
    return this.take('(') ? this.innerList() : this.item();
  }
}

/** Null if the field is too long, has too much in it, or is not of this subset. */
export function parseDictionary(field: string): ReadonlyMap<string, Member> | null {
  if (field.length > FIELD_CHARS_MAX) return null;
  const reader = new Reader(field);
  const members = new Map<string, Member>();
  reader.match(BLANKS);
  if (reader.isAtEnd) return members;
  do {
    const key = reader.match(KEY);
    if (key === null || members.has(key) || members.size === MEMBERS_MAX) return null;
    const member = reader.member();
    if (member === null) return null;
    members.set(key, member);
  } while (reader.match(COMMA) !== null);
  reader.match(BLANKS);
  return reader.isAtEnd ? members : null;
}

export const isInnerList = (member: Member): member is InnerList => 'items' in member;

function formatBare(bare: BareItem): string {
  switch (bare.as) {
    case 'integer':
      return String(bare.value);
    case 'string':
      return `"${bare.value.replace(/["\\]/g, '\\$&')}"`;
    case 'token':
      return bare.value;
    case 'bytes':
      return `:${toBase64(bare.value)}:`;
    case 'boolean':
      return bare.value ? '?1' : '?0';
  }
}

function formatParameters(parameters: Parameters): string {
  let text = '';
  for (const [key, bare] of parameters) {
    text += bare.as === 'boolean' && bare.value ? `;${key}` : `;${key}=${formatBare(bare)}`;
  }
  return text;
}

export const formatItem = ({ bare, parameters }: Item): string =>
  formatBare(bare) + formatParameters(parameters);

/** RFC 9651 section 4.1: what was read in any spelling has one here. */
export const formatMember = (member: Member): string =>
  isInnerList(member)
    ? `(${member.items.map(formatItem).join(' ')})${formatParameters(member.parameters)}`
    : formatItem(member);
