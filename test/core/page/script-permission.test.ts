// May a script of the gateway's own run in a page of this policy? What breaks if this fails: a tag
// is written into a page that refuses to run it, and its calls go out unproven without a word.

import { describe, expect, it } from 'vitest';
import { scriptPermission } from '../../../core/page/script-permission.ts';

const PAGE = { scheme: 'https:', host: 'shop.example' };
const FREE = { nonce: null };
const withNonce = (nonce: string) => ({ nonce });

const CASES: readonly (readonly [policy: string | null, expected: object | null])[] = [
  [null, FREE],
  ['', FREE],
  ["object-src 'none'", FREE],
  ["script-src 'self'", FREE],
  ["Script-Src 'SELF'", FREE],
  ["default-src 'self'", FREE],
  ['default-src *', FREE],
  ['default-src https:', FREE],
  ['script-src https://shop.example', FREE],
  ['script-src shop.example cdn.example', FREE],
  ["default-src 'none'; script-src 'self'", FREE],
  ["script-src 'none'; script-src-elem 'self'", FREE],
  ["script-src 'nonce-abc+/-_12=='", withNonce('abc+/-_12==')],
  ["script-src 'strict-dynamic' 'nonce-abc'", withNonce('abc')],
  ["script-src 'NONCE-aBc'", withNonce('aBc')],
  ["script-src 'self', default-src 'self' 'nonce-abc'", withNonce('abc')],
  ["script-src 'nonce-abc', script-src 'nonce-abc'", withNonce('abc')],

  ["script-src 'none'", null],
  ['script-src', null],
  ["script-src 'unsafe-inline' 'unsafe-eval'", null],
  ["script-src 'sha256-AAAA'", null],
  ['script-src http:', null],
  ['script-src https://cdn.example', null],
  ['script-src https://shop.example/scripts/', null],
  ["script-src 'self' 'strict-dynamic'", null],
  ["script-src 'nonce-'", null],
  ['script-src \'nonce-a"onload="x\'', null],
  // Of two directives of one name the first counts, and every policy has to agree.
  ["script-src 'none'; script-src 'self'", null],
  ["script-src-elem 'none'; script-src 'self'", null],
  ["script-src 'self', script-src 'none'", null],
  ["script-src 'nonce-abc', script-src 'nonce-xyz'", null],
];

describe('a script of our own', () => {
  it.each(CASES)('under %j is permitted as %j', (policy, expected) => {
    expect(scriptPermission(policy, PAGE)).toEqual(expected);
  });
});
