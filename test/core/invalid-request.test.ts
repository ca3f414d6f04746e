// What is said of a wrong request to one of the gateway's own paths. What breaks if this fails: an
// operator is told of fields that could cost money, and not which field to correct.

import * as z from 'zod';
import { expect, it } from 'vitest';
import { invalidRequest } from '../../core/invalid-request.ts';
import { problemFor } from '../../core/problem.ts';

const shape = z.strictObject({ cap: z.int().min(0), window: z.enum(['day']) });

function problemOf(value: unknown) {
  const parsed = shape.safeParse(value);
  if (parsed.success) throw new Error('valid');
  return problemFor(invalidRequest(parsed.error), 'request-1', 'https://docs.example');
}

it.each([
  ['an unknown field', { cap: 1, window: 'day', more: 1 }, 'more: This path takes no such field.'],
  ['a wrong value', { cap: -1, window: 'day' }, 'cap: '],
  ['a missing field', { cap: 1 }, 'window: '],
  ['another shape', [], 'body: '],
])('%s is named in words that fit an own path', (_name, value, words) => {
  const { status, code, body } = problemOf(value);
  expect([status, code]).toEqual([422, 'request_invalid']);
  expect(body['title']).toBe('Not a valid request');
  expect(body['detail']).toMatch(new RegExp(`^${words}`));
  expect(JSON.stringify(body)).not.toMatch(/money|route/);
});

it('what names no field is a 400, as it was', () => {
  const denial = { kind: 'request-invalid', sentence: 'There is no counter.' } as const;
  const { status, body } = problemFor(denial, 'request-1', 'https://docs.example');
  expect([status, body['detail']]).toEqual([400, 'There is no counter.']);
});
