// What a Turnstile token must say to count. What breaks if this fails: a token solved for another
// challenge, route or site counts as a human here.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  humanAction,
  humanCdata,
  idempotencyKeyOf,
  siteVerdictFlaw,
  type SiteVerdict,
} from '../../core/proof/human-token.ts';
import { bytes } from './samples.ts';

const WIRE = 'challenge.tag';
const expected = {
  challengeWire: WIRE,
  routeId: 'app-chat',
  hostnames: ['a.example', 'b.example'],
};

const verdict = (parts: Partial<SiteVerdict> = {}): SiteVerdict => ({
  isSuccess: true,
  errorCodes: [],
  hostname: 'b.example',
  action: 'app-chat',
  cdata: createHash('sha256').update(WIRE).digest('base64url'),
  ...parts,
});

describe('a verdict of siteverify', () => {
  it.each([
    ['that fits', {}, null],
    [
      'that is a no, however well it fits',
      { isSuccess: false, errorCodes: ['timeout-or-duplicate'] },
      'siteverify timeout-or-duplicate',
    ],
    ['for another challenge', { cdata: humanCdata(`${WIRE}x`) }, 'cdata'],
    ['for none', { cdata: '' }, 'cdata'],
    ['for another action', { action: 'app-chat2' }, 'action'],
    ['for an action in another case', { action: 'App-Chat' }, 'action'],
    ['from another host', { hostname: 'c.example' }, 'hostname'],
    ['from a host below ours', { hostname: 'x.a.example' }, 'hostname'],
    ['from nowhere', { hostname: '' }, 'hostname'],
  ] as const)('%s', (_, parts, flaw) => {
    expect(siteVerdictFlaw(verdict(parts), expected)).toBe(flaw);
  });
});

it('fits into what Cloudflare allows for action, cdata and idempotency key', () => {
  expect(humanAction('a'.repeat(63))).toBe('a'.repeat(32));
  expect(humanCdata(WIRE)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  const nonce = bytes(16);
  expect(idempotencyKeyOf(nonce)).toMatch(uuid);
  expect(idempotencyKeyOf(nonce)).toBe(idempotencyKeyOf(nonce.slice()));
  expect(idempotencyKeyOf(bytes(16))).not.toBe(idempotencyKeyOf(nonce));
});
