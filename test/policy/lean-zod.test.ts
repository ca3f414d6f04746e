// The Worker's zod against zod itself: all that it offers, on values that fit, on values that just
// do not, and on whatever fast-check thinks of. What breaks if this fails: the Worker takes what
// zod refuses, or says of a refusal what nobody wrote.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as zod from 'zod/v4';
import { inRoot } from '../../local/paths.ts';
import * as leanAsBuilt from '../../worker/lean-zod.ts';

type Zod = typeof zod;
const lean = leanAsBuilt as unknown as Zod;

const pair = (z: Zod, kind: string) =>
  z.strictObject({ kind: z.literal(kind), [kind]: z.array(z.int().min(1)).max(2) });

const SCHEMAS: Readonly<Record<string, (z: Zod) => zod.ZodType>> = {
  text: (z) =>
    z
      .string()
      .min(2, 'Too short.')
      .max(4)
      .regex(/^[a-z]*$/, 'Letters.'),
  'text as trimmed': (z) => z.string().trim().toLowerCase().startsWith('a').endsWith('z').length(3),
  'text that must be there': (z) => z.string('must be text'),
  int: (z) =>
    z
      .int()
      .min(-1)
      .max(2 ** 40),
  number: (z) => z.number({ error: 'A number.' }).gt(0).lt(1_000).int(),
  bounds: (z) => z.number().min(0.5).max(1.5).nullish(),
  boolean: (z) => z.boolean().default(true),
  literal: (z) => z.literal(['a', 1, null]),
  enum: (z) => z.enum(['a', 'bb']).nullable(),
  unknown: (z) => z.unknown().optional(),
  never: (z) => z.strictObject({ a: z.never({ error: 'Never.' }).optional() }),
  null: (z) => z.union([z.null(), z.boolean()], 'Null or not.'),
  array: (z) => z.array(z.string().max(1)).min(1).max(2),
  sized: (z) => z.array(z.unknown()).length(2),
  strict: (z) => z.strictObject({ a: z.int(), b: z.string().optional() }).extend({ c: z.null() }),
  parts: (z) =>
    z
      .strictObject({ a: z.int(), b: z.array(z.string()), c: z.null() })
      .pick({ a: true, b: true })
      .partial(),
  'options of an enum': (z) => z.array(z.string()).max(z.enum(['a', 'b']).options.length),
  loose: (z) => z.looseObject({ a: z.int().optional() }),
  object: (z) => z.object({ a: z.string().catch('none'), b: z.array(z.string()).catch([]) }),
  tuple: (z) => z.tuple([z.literal('a'), z.int()]),
  record: (z) => z.record(z.string().regex(/^\w{1,2}$/), z.int()),
  partial: (z) => z.partialRecord(z.enum(['a', 'b']), z.int().max(9)),
  'record, said': (z) => z.record(z.enum(['a', 'b']), z.int(), { error: 'Not so.' }),
  'told apart': (z) => z.discriminatedUnion('kind', [pair(z, 'a'), pair(z, 'b')]),
  union: (z) => z.union([z.string().max(1), pair(z, 'a'), z.array(pair(z, 'b'))]),
  url: (z) => z.url({ protocol: /^https?$/ }).max(20),
  date: (z) => z.iso.date().refine((day) => day > '2026', 'Later.'),
  instant: (z) => z.iso.datetime().optional(),
  custom: (z) => z.custom<number>((value) => value === 1),
  'any custom': (z) => z.custom(),
  refined: (z) =>
    z
      .strictObject({ a: z.int(), b: z.int() })
      .refine(({ a, b }) => a < b, { error: 'a must be less.', path: ['a'] })
      .optional(),
  'refined twice': (z) =>
    z.array(z.int()).superRefine((list, context) => {
      if (list.length > 1) context.addIssue({ code: 'custom', path: [1], message: 'One.' });
      if (list[0] === 1) context.addIssue('Not one.');
    }),
  transformed: (z) =>
    z.string().transform((text, context) => {
      if (text !== '') return text.length;
      context.addIssue('Say something.');
      context.addIssue({ code: 'custom', message: 'Anything.' });
      return z.NEVER;
    }),
  'transformed by issues': (z) =>
    z.unknown().transform((value, context) => {
      context.issues.push({ code: 'custom', message: 'No.', input: value, path: ['a', 0] });
      return z.NEVER;
    }),
  piped: (z) => z.string().transform(Number).pipe(z.int().max(9)),
  'made ready': (z) =>
    z.strictObject({
      a: z.preprocess((value): unknown[] => [value].flat(), z.array(z.int())),
      b: z.preprocess((value) => value, z.int().optional()).optional(),
    }),
};

// prettier-ignore
const VALUES: readonly unknown[] = [
  undefined, null, true, false, 0, 1, -1, -2, 0.5, 1.5, 2.5, 1e3, 2 ** 40, 2 ** 53, NaN, Infinity,
  '', 'a', 'ab', 'abcd', 'abcde', 'A', ' A z ', 'azz', '9', '2026-11-22', '2025-01-01',
  '2026-13-01', '2026-11-22T00:00:00Z', 'https://a.example', 'ftp://a.example',
  'https://much.longer.example/',
  [], [1], [0], [1, 2], [1, 2, 3], ['a'], ['a', 1], ['ab', 'b', 'c'], [[1]], { a: 1 }, { a: 'a' },
  { a: 1, b: 2 }, { a: 2, b: 1 }, { a: 1, c: null }, { a: 1, c: null, d: 1 }, { b: ['a'] },
  { b: 1 },
  { kind: 'a', a: [1] }, { kind: 'b', b: [0, 'x', 2] }, { kind: 'c' }, [{ kind: 'b', b: 1 }], {},
  { abc: 1 }, { a: undefined }, { a: 10 }, { a: [1, 'x'], b: 1 }, JSON.parse('{"__proto__":1}'),
];

const said = (schema: zod.ZodType, value: unknown): unknown => {
  const read = schema.safeParse(value);
  return read.success ? { data: read.data } : { issues: read.error.issues };
};

describe("the Worker's zod", () => {
  it.each(Object.entries(SCHEMAS))('judges as zod does, in its words: %s', (_name, make) => {
    const ours = make(lean);
    const theirs = make(zod);
    for (const value of VALUES) expect(said(ours, value)).toEqual(said(theirs, value));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.string({ maxLength: 5 }), fc.integer()), (value) => {
        expect(said(ours, value)).toEqual(said(theirs, value));
      }),
      { numRuns: 300 },
    );
  });

  it('throws what zod throws', () => {
    expect(() => lean.string().parse(1)).toThrow(
      expect.objectContaining({ issues: zod.string().safeParse(1).error?.issues }),
    );
  });

  it('offers all that the Worker asks of it', () => {
    const asked = ['core', 'worker', 'durable-objects'].flatMap((folder) =>
      readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => [
          ...readFileSync(inRoot(folder, file), 'utf8').matchAll(/\bz\s*\.([a-z]\w*)\(/g),
        ])
        .map(([, name = '']) => name),
    );
    expect(asked.length).toBeGreaterThan(500);
    expect(asked.filter((name) => !Object.hasOwn(lean, name))).toEqual([]);
  });
});
