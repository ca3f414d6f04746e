// Strict JSON has one reading. Attack: a body that one parser prices as cheap and another one runs
// as dear (a key twice, a number that changes, `__proto__`), or that costs more to read than to
// send.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, type JsonLimits, parseStrictJson } from '../../core/json.ts';

const LIMITS: JsonLimits = { depthMax: 64, keysMax: 1_000 };

const reasonOf = (text: string, limits: JsonLimits = LIMITS): string => {
  const parsed = parseStrictJson(text, limits);
  return parsed.ok ? 'ok' : parsed.error.reason;
};

describe('parseStrictJson accepts', () => {
  it.each([
    '{}',
    '[]',
    'null',
    '"text"',
    '-0.5e-3',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":"\\"a\\":1,\\"a\\""}',
    '{"a":["a","a","a"]}',
    '{"":1,"\\u0000":2}',
    '{"é":1,"e\\u0301":2}',
    ' \t\r\n{"a"\n:\t1 ,\r"b" : 2} ',
    '9007199254740991',
    '-9007199254740991',
    '1e-308',
    '{"prototype":1,"constructor":2}',
  ])('%j, as JSON.parse reads it', (text) => {
    expect(parseStrictJson(text, LIMITS)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  it('every document that JSON.stringify writes of plain values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('__proto__') && !/\d{16}|e\+/.test(text));
        expect(reasonOf(text)).toBe('ok');
      }),
    );
  });
});

describe('parseStrictJson refuses', () => {
  it.each([
    ['syntax', '', 'an empty text'],
    ['syntax', '{', 'a text that ends too soon'],
    ['syntax', "{'a':1}", 'single quotes'],
    ['syntax', '{"a":1,}', 'a trailing comma'],
    ['syntax', '{"a":01}', 'a leading zero'],
    ['syntax', '{"a":+1}', 'a plus sign'],
    ['syntax', '{"a":NaN}', 'a number JSON does not have'],
    ['syntax', '{"a":Infinity}', 'infinity'],
    ['syntax', '{"a":1}{"a":2}', 'two documents'],
    ['syntax', '// a\n{}', 'a comment'],
    ['syntax', '"\u0001"', 'a raw control character'],
    ['syntax', '\ufeff{}', 'a byte order mark'],
    ['duplicate-key', '{"model":"a","model":"b"}', 'a key twice'],
    ['duplicate-key', '{"model":"a","mod\\u0065l":"b"}', 'a key twice, once escaped'],
    ['duplicate-key', '{"\\u006dodel":1,"\\u006Dodel":2}', 'a key twice, both escaped'],
    ['duplicate-key', '{"a\\/b":1,"a/b":2}', 'a key twice, once with an escaped slash'],
    ['duplicate-key', '{"x":[{"y":{"a":1,"b":{},"a":2}}]}', 'a key twice at depth'],
    ['duplicate-key', '{"a":{"a":1},"a":2}', 'a key twice around an object that has it too'],
    ['duplicate-key', '{"a"  :1,\n"a"\t:2}', 'a key twice with blanks before the colon'],
    ['duplicate-key', '{"":1,"":2}', 'the empty key twice'],
    ['forbidden-key', '{"__proto__":{"model":"dear"}}', '__proto__'],
    ['forbidden-key', '{"a":[{"b":{"__proto__":1}}]}', '__proto__ at depth'],
    ['forbidden-key', '{"\\u005f_proto__":1}', '__proto__, escaped'],
    ['number', '{"n":1e400}', 'a number beyond every float'],
    ['number', '{"n":-1e400}', 'a negative number beyond every float'],
    ['number', '{"n":[1,{"m":9007199254740993}]}', '2^53 + 1'],
    ['number', '9007199254740992', '2^53'],
    ['number', '-9007199254740993.0', 'minus 2^53 - 1 with a fraction of nothing'],
    ['number', '1e16', 'an integer past 2^53 with an exponent'],
  ])('%s: %j (%s)', (reason, text) => {
    expect(reasonOf(text)).toBe(reason);
  });

  it.each([
    ['{"model": oops}', "Unexpected token 'o'"],
    ['{"model":"a"', 'position 12'],
    ['{"a":', 'the text ends too soon'],
    ['[object Object]', 'no JSON at all'],
    ["{'a':1}", 'position 1'],
  ])('a syntax error with what is wrong: %j', (text, words) => {
    const parsed = parseStrictJson(text, LIMITS);
    expect(parsed.ok ? '' : parsed.error.what).toBe(words);
  });

  it('nesting past the limit, and not at it', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(reasonOf(nested(64))).toBe('ok');
    expect(reasonOf(nested(65))).toBe('depth');
    expect(reasonOf('{"a":'.repeat(65) + '1' + '}'.repeat(65))).toBe('depth');
    expect(reasonOf(`[${'[],'.repeat(100)}[]]`)).toBe('ok');
  });

  it.each(['[', '{"a":'])('100,000 levels of %s without a range error', (open) => {
    const close = open === '[' ? ']' : '}';
    const text = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    expect(['depth', 'syntax']).toContain(reasonOf(text));
  });

  it('keys past the limit, counted over the whole document, and not at it', () => {
    const objects = (count: number): string =>
      `[${Array.from({ length: count }, () => '{"a":1,"b":2}').join()}]`;
    expect(reasonOf(objects(500))).toBe('ok');
    expect(reasonOf(objects(501))).toBe('keys');
  });

  it('with a word about where, never with the content at length', () => {
    const parsed = parseStrictJson(`{"${'k'.repeat(500)}":1,"${'k'.repeat(500)}":2}`, LIMITS);
    expect(parsed.ok ? '' : parsed.error.what).toBe(`${'k'.repeat(60)}…`);
    const short = 'k'.repeat(60);
    const twice = parseStrictJson(`{"${short}":1,"${short}":2}`, LIMITS);
    expect(twice.ok ? '' : twice.error.what).toBe(short);
    const syntax = parseStrictJson('{"secret":tomato}', LIMITS);
    expect(JSON.stringify(syntax)).not.toContain('tomato');
  });
});

describe('what a naive reader does with the same bodies', () => {
  it('differs, which is why they are refused', () => {
    expect(JSON.parse('{"model":"cheap","mod\\u0065l":"dear"}')).toEqual({ model: 'dear' });
    expect(JSON.stringify(JSON.parse('{"n":9007199254740993}'))).toBe('{"n":9007199254740992}');
    expect(JSON.stringify(JSON.parse('{"n":1e400}'))).toBe('{"n":null}');
    const merged = Object.assign({}, JSON.parse('{"__proto__":{"admin":true}}')) as object;
    expect('admin' in merged).toBe(true);
  });
});

describe('decodeUtf8', () => {
  const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

  it.each([
    ['bom', bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d)],
    ['utf8', bytes(0x7b, 0xff, 0x7d)],
    ['utf8', bytes(0xc0, 0xaf)],
    ['utf8', bytes(0xed, 0xa0, 0x80)],
    ['utf8', bytes(0xf4, 0x90, 0x80, 0x80)],
    ['utf8', bytes(0xe2, 0x82)],
    ['utf8', bytes(0xff, 0xfe, 0x7b, 0x00)],
  ])('refuses with %s: %s', (reason, input) => {
    expect(decodeUtf8(input)).toEqual({ ok: false, error: reason });
  });

  it('reads every well-formed text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.startsWith('\ufeff'));
        expect(decodeUtf8(new TextEncoder().encode(text))).toEqual({ ok: true, value: text });
      }),
    );
  });
});
