// What fits a JSON Schema, a row per boundary. What breaks if this fails: a tool is called with
// something that its schema was written to keep out.

import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../../core/json-schema/faults.ts';
import { fits } from '../../../core/json-schema/fits.ts';

const person = {
  type: 'object',
  properties: { name: { type: 'string' }, boss: { $ref: '#' } },
  required: ['name'],
  additionalProperties: false,
};

test.each<[schema: unknown, fitting: unknown[], others: unknown[]]>([
  [true, [1, null, {}], []],
  [false, [], [1, null, {}]],
  [{ type: 'integer' }, [0, -1, 1.0], [1.5, '1', null, true]],
  [{ type: 'number' }, [1.5], ['1.5', null]],
  [{ type: ['string', 'null'] }, ['', null], [0, undefined, {}]],
  [{ type: 'object' }, [{}], [[], null, 'x', undefined]],
  [{ type: 'array' }, [[]], [{}, { length: 0 }]],
  [{ enum: ['a', 1, { x: 1, y: 2 }] }, ['a', 1, { y: 2, x: 1 }], ['A', '1', { x: 1 }]],
  [{ const: null }, [null], [undefined, 0, '']],
  [{ minLength: 2, maxLength: 3 }, ['ab', 'abc', '😀😀', 7], ['a', 'abcd', '😀']],
  [{ pattern: '^[a-z]+$' }, ['a', 1], ['A', '', 'a'.repeat(4_097)]],
  [{ minimum: 1, maximum: 2 }, [1, 2, '9'], [0.999, 2.001]],
  [{ exclusiveMinimum: 1, exclusiveMaximum: 2 }, [1.5], [1, 2]],
  [{ multipleOf: 5 }, [0, -10, 15], [1, 7.5]],
  [{ minItems: 1, maxItems: 2 }, [[1], [1, 2]], [[], [1, 2, 3]]],
  [
    { uniqueItems: true },
    [[1, '1'], []],
    [
      [1, 1],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
  ],
  [{ items: { type: 'string' } }, [[], ['a'], {}], [['a', 1]]],
  [{ required: ['a'] }, [{ a: undefined }, 'no object'], [{}, { A: 1 }]],
  [{ required: ['toString'] }, [{ toString: 1 }], [{}]],
  [{ properties: { a: { type: 'string' } } }, [{}, { a: 'x', b: 1 }], [{ a: 1 }]],
  [{ properties: { a: {} }, additionalProperties: false }, [{ a: 1 }], [{ constructor: 1 }]],
  [{ additionalProperties: { type: 'number' } }, [{ x: 1 }], [{ x: '1' }]],
  [{ minProperties: 1, maxProperties: 1 }, [{ a: 1 }], [{}, { a: 1, b: 2 }]],
  [{ anyOf: [{ type: 'string' }, { minimum: 3 }] }, ['a', 3], [2]],
  [{ oneOf: [{ minimum: 3 }, { multipleOf: 2 }] }, [2, 5], [4, 1]],
  [{ allOf: [{ minimum: 3 }, { multipleOf: 2 }] }, [4], [3, 2]],
  [{ not: { type: 'string' } }, [1], ['a']],
  [person, [{ name: 'a', boss: { name: 'b' } }], [{ name: 'a', boss: { nam: 'b' } }, {}]],
  [{ $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, ['x'], [1]],
  // It never gets anywhere: nothing fits, and it is told at once.
  [{ $ref: '#' }, [], [1]],
  [{ anyOf: [{ $ref: '#' }, { $ref: '#' }] }, [], [1]],
  [{ not: { anyOf: [{ $ref: '#' }, { $ref: '#' }] } }, [], [1]],
])('%j', (schema, fitting, others) => {
  for (const value of fitting) expect([value, fits(schema, value)]).toEqual([value, true]);
  for (const value of others) expect([value, fits(schema, value)]).toEqual([value, false]);
});

test('a value of any depth and width is told in bounded time', () => {
  const list = { items: { $ref: '#' } };
  expect(
    fits(
      list,
      Array.from({ length: 60_000 }, () => []),
    ),
  ).toBe(false);
  let deep: unknown = [];
  for (let level = 0; level < 5_000; level += 1) deep = [deep];
  expect(fits(list, deep)).toBe(false);
  expect(fits({ uniqueItems: true }, [deep, 1])).toBe(true);
});

test('a large value is not written down for every word of an enumeration', () => {
  const large = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, place) => [`name ${String(place)}`, place]),
  );
  const words = Array.from({ length: 1_000 }, (_, place) => `word ${String(place)}`);
  let written = 0;
  const counted = new Proxy(large, {
    ownKeys: (target) => {
      written += 1;
      return Reflect.ownKeys(target);
    },
  });
  expect(fits({ enum: [...words, 1] }, counted)).toBe(false);
  expect(written).toBe(0);
  expect(fits({ enum: [...words, null, {}, []], const: {} }, counted)).toBe(false);
  expect(written).toBe(1);
});

describe('a schema of the policy', () => {
  const object = (more: object) => ({ type: 'object', ...more });
  const of = (schema: object) => object({ properties: { a: schema } });

  test.each([
    [object({})],
    [person],
    [of({ type: 'string', format: 'date', default: 'x', description: 'A day.' })],
  ])('%j is taken', (schema) => {
    expect(faultsOf(schema, 'p')).toEqual([]);
  });

  test.each<[schema: Record<string, unknown>, path: string, words: string]>([
    [{ type: 'string' }, 'p.type', 'object'],
    [{}, 'p.type', 'object'],
    [object({ unevaluatedProperties: false }), 'p.unevaluatedProperties', 'not checked here'],
    [of({ nullable: true }), 'p.properties.a.nullable', 'not checked here'],
    [of({ type: 'text' }), 'p.properties.a.type', 'another kind'],
    [of({ pattern: '(' }), 'p.properties.a.pattern', 'another kind'],
    [of({ enum: [] }), 'p.properties.a.enum', 'another kind'],
    [of({ minLength: -1 }), 'p.properties.a.minLength', 'another kind'],
    [object({ anyOf: [] }), 'p.anyOf', 'another kind'],
    [object({ anyOf: [{ if: true }] }), 'p.anyOf.0.if', 'not checked here'],
    [of({ $ref: '#/$defs/a' }), 'p.properties.a.$ref', 'nowhere'],
    [of({ $ref: 'https://example.com' }), 'p.properties.a.$ref', 'another kind'],
    [object({ required: ['a'], additionalProperties: false }), 'p', 'nothing fits'],
    [{ ...of({ type: 'string', enum: [1] }), required: ['a'] }, 'p', 'nothing fits'],
    [{ ...of({ minimum: 2, maximum: 1 }), required: ['a'] }, 'p', 'nothing fits'],
    [object({ allOf: [{ anyOf: [false, { not: true }] }] }), 'p', 'nothing fits'],
    [{ ...of({ $ref: '#' }), required: ['a'] }, 'p', 'nothing fits'],
  ])('%j is refused', (schema, path, words) => {
    const [fault, ...others] = faultsOf(schema, 'p');
    expect(others).toEqual([]);
    expect(fault?.path).toBe(path);
    expect(fault?.sentence).toContain(words);
  });
});
