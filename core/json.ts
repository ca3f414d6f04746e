// Strict JSON: what was read is what will be sent on. `JSON.parse` decides whether the text is
// JSON; the scan after it refuses what two readers could read differently: a key twice,
// `__proto__`, numbers that do not survive a round trip, and nesting deep enough to hurt. Linear,
// no recursion.

import { err, ok, type Result } from './result.ts';

export type JsonFailure = {
  readonly reason: 'syntax' | 'duplicate-key' | 'forbidden-key' | 'number' | 'depth' | 'keys';
  /** The key, number or parser's words, cut short; never the caller's content at length. */
  readonly what: string;
};

export type JsonLimits = { readonly depthMax: number; readonly keysMax: number };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FORBIDDEN_KEYS = new Set(['__proto__']);
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SHOWN_CHARS_MAX = 60;

const shown = (text: string): string =>
  text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;

/** Index just past the string that opens at `start`. The text is known to be valid JSON. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
}

/** The next character that is not white space, at or after `at`. */
function skipSpace(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

function badNumber(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value)) return true;
  return Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

function scan(text: string, limits: JsonLimits): JsonFailure | null {
  const frames: (Set<string> | null)[] = [];
  let keys = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const seen = frames.at(-1) ?? null;
      if (seen !== null && text.charCodeAt(skipSpace(text, end)) === 0x3a) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (FORBIDDEN_KEYS.has(key)) return { reason: 'forbidden-key', what: shown(key) };
        if (seen.has(key)) return { reason: 'duplicate-key', what: shown(key) };
        seen.add(key);
        keys += 1;
        if (keys > limits.keysMax) return { reason: 'keys', what: String(limits.keysMax) };
      }
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      frames.push(code === 0x7b ? new Set() : null);
      if (frames.length > limits.depthMax) {
        return { reason: 'depth', what: String(limits.depthMax) };
      }
      at += 1;
    } else if (code === 0x7d || code === 0x5d) {
      frames.pop();
      at += 1;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(text)?.[0] ?? '';
      if (badNumber(literal)) return { reason: 'number', what: shown(literal) };
      at += literal.length;
    } else {
      at += 1;
    }
  }
  return null;
}

/** Of the parser's words: of a short text it quotes all, and says no position. */
function complaint(words: string): string {
  const [said] = /position \d+|Unexpected token '.+?'/su.exec(words) ?? [];
  return said ?? (words.includes('end of JSON') ? 'the text ends too soon' : 'no JSON at all');
}

/** A JSON value that has one reading, or why not. */
export function parseStrictJson(text: string, limits: JsonLimits): Result<unknown, JsonFailure> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : 'not JSON';
    return err({ reason: 'syntax', what: complaint(words) });
  }
  const failure = scan(text, limits);
  return failure === null ? ok(value) : err(failure);
}

/** Bytes as text: UTF-8 only, no byte order mark. */
export function decodeUtf8(bytes: Uint8Array): Result<string, 'utf8' | 'bom'> {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return err('bom');
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return err('utf8');
  }
}
