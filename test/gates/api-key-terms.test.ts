// A key that is over is refused in the first gate, `'api-key'`, by arithmetic: before the body is
// read, and without asking a ledger. If this fails, a flood of old keys reaches storage, or an old
// key still spends.

import { beforeEach, expect, it } from 'vitest';
import { makeApiKey } from '../../core/api-key.ts';
import { makeDeps, NOW_MS, pass, random, reached } from './gate-bench.ts';

const deps = makeDeps();
const NOW_SECONDS = NOW_MS / 1_000;

const keyUntil = (expiresAtSeconds: number): string =>
  makeApiKey(random(44), deps.apiKeySecret, null, {
    purpose: 'ci',
    expiresAtSeconds,
    capNanoUsd: 1_000_000_000,
  }).key;

const show = (key: string, at = deps) =>
  pass({ headers: { Authorization: `Bearer ${key}` }, routeId: 'chat-completions' }, at);

beforeEach(() => {
  reached.objects = 0;
});

it.each([NOW_SECONDS, NOW_SECONDS - 1, 1])('a key that ended at %d is refused', async (end) => {
  const outcome = await show(keyUntil(end));
  expect(outcome).toMatchObject({
    gate: 'api-key',
    denial: { kind: 'api-key-invalid', reason: 'expired' },
    bodyReads: 0,
  });
  expect(reached.objects).toBe(0);
});

it('a key that has a second left is accepted, and refused when that is over', async () => {
  const key = keyUntil(NOW_SECONDS + 1);
  expect((await show(key)).gate).toBe('passed');
  // The same parts, which remember that the key is genuine.
  const later = { ...deps, nowMs: () => NOW_MS + 1_000 };
  expect(await show(key, later)).toMatchObject({ denial: { reason: 'expired' } });
});

it('a good key is not called unknown on a route that asks everybody for a proof', async () => {
  const { key } = makeApiKey(random(44), deps.apiKeySecret);
  const outcome = (bearer: string) =>
    pass({ headers: { Authorization: `Bearer ${bearer}` }, routeId: 'app-chat' }, deps);
  const said = { gate: 'envelope', denial: { kind: 'proof-required', bearerSeen: false } };
  expect(await outcome(key)).toMatchObject(said);
  // What is no key of ours is.
  expect(await outcome('sk-proj-abc')).toMatchObject({ denial: { bearerSeen: true } });
});

it('an edited end is a forgery, not an expiry', async () => {
  const key = keyUntil(NOW_SECONDS - 1);
  const longer = key.replace(/^wb_ci-\w+/, `wb_ci-${(NOW_SECONDS + 9).toString(36)}`);
  expect(await show(longer)).toMatchObject({
    gate: 'api-key',
    denial: { kind: 'api-key-invalid', reason: 'forged' },
  });
  expect(reached.objects).toBe(0);
});
