// How often one address may ask for challenges. What breaks if this fails: one address wears out
// the processor, or many people behind one address are kept from calling.

import { expect, it } from 'vitest';
import { AskLimiter } from '../../worker/adapters/ask-limiter.ts';

const LIMIT = { atOnce: 6, perSecond: 2 };

it('gives as many at once as the policy says, and then as many a second', () => {
  const limiter = new AskLimiter(LIMIT);
  expect(limiter.take('ip:a', 3, 0)).toBe(0);
  expect(limiter.take('ip:a', 3, 0)).toBe(0);
  expect(limiter.take('ip:a', 3, 0)).toBe(2);
  expect(limiter.take('ip:a', 3, 1_499)).toBe(1);
  expect(limiter.take('ip:a', 3, 1_500)).toBe(0);
  expect(limiter.take('ip:a', 1, 1_500)).toBe(1);
});

it('is for each address apart, and never saves up more than its size', () => {
  const limiter = new AskLimiter(LIMIT);
  expect(limiter.take('ip:a', 6, 0)).toBe(0);
  expect(limiter.take('ip:b', 6, 0)).toBe(0);
  expect(limiter.take('ip:a', 6, 3_600_000)).toBe(0);
  expect(limiter.take('ip:a', 1, 3_600_000)).toBe(1);
});

it('gains nothing by a clock that steps back', () => {
  const limiter = new AskLimiter(LIMIT);
  expect(limiter.take('ip:a', 6, 10_000)).toBe(0);
  expect(limiter.take('ip:a', 1, 0)).toBe(1);
  expect(limiter.take('ip:a', 1, 10_000)).toBe(1);
});

it('remembers a limited number of addresses', () => {
  const limiter = new AskLimiter(LIMIT);
  expect(limiter.take('ip:a', 6, 0)).toBe(0);
  for (let i = 0; i < 8_192; i += 1) limiter.take(`ip:${String(i)}`, 1, 0);
  expect(limiter.take('ip:a', 6, 0)).toBe(0);
});
