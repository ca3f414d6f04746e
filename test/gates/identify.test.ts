// Who is calling, from what cannot be forged. Attack: a header that claims to be somebody else's
// address buys a fresh purse with every call.

import { describe, expect, it } from 'vitest';
import { callerAddress, identify, readBearer } from '../../worker/identify.ts';
import { makeDeps, requestOf, routeOf } from './gate-bench.ts';

const deps = makeDeps();
const ipOf = (headers: Record<string, string>): string =>
  identify(requestOf({ headers }), { route: routeOf('app-chat') }, deps).ip;

describe('the address of a caller', () => {
  it.each([
    'X-Forwarded-For',
    'X-Real-IP',
    'True-Client-IP',
    'Forwarded',
    'X-Client-IP',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Forwarded-Host',
    'X-Cluster-Client-IP',
    'Fastly-Client-IP',
    'CF-Connecting-IPv6',
    'CF-Pseudo-IPv4',
    'CF-Worker',
    'Via',
  ])('is not what %s says', (name) => {
    for (const value of ['198.51.100.9', '198.51.100.9, 10.0.0.1', 'for=198.51.100.9', '\u00ff']) {
      expect(ipOf({ [name]: value })).toBe('ip:203.0.113.7');
    }
  });

  it('is what the edge says, folded', () => {
    expect(ipOf({ 'CF-Connecting-IP': '2001:db8:1:2:3:4:5:6' })).toBe('ip:2001:db8:1:2::/64');
    expect(ipOf({ 'CF-Connecting-IP': '::ffff:203.0.113.9' })).toBe('ip:203.0.113.9');
  });

  it('is one shared purse where the edge says nothing readable', () => {
    for (const value of ['', 'unknown', '1.2.3.4, 5.6.7.8', '0x7f.1']) {
      expect(ipOf({ 'CF-Connecting-IP': value })).toBe('ip:unknown');
    }
  });

  it('is never taken from a header on a machine without an edge', () => {
    const request = requestOf({ headers: { 'CF-Connecting-IP': '198.51.100.9' } });
    expect(callerAddress(request, true)).toBe('');
  });
});

describe('a call before any gate', () => {
  it('has a key, an attempt and a request id of its own, and knows nothing else', () => {
    const calls = Array.from({ length: 200 }, () =>
      identify(requestOf({}), { route: routeOf('app-chat') }, deps),
    );
    expect(new Set(calls.map((call) => call.key)).size).toBe(200);
    expect(new Set(calls.map((call) => call.requestId)).size).toBe(200);
    const [call] = calls;
    expect(call).toMatchObject({ apiKey: null, challenge: null, evidence: null, estimate: null });
  });
});

describe('a bearer token', () => {
  const read = (authorization: string) =>
    readBearer(new Headers({ Authorization: authorization }), deps);

  it.each(['Bearer sk-1', 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer WB_x', 'x wb_y'])(
    'that is not ours is seen and otherwise nothing: %j',
    (text) => {
      expect(read(text)).toEqual({ ok: true, value: { apiKey: null, seen: true } });
    },
  );

  it.each(['Bearer wb_', 'bearer   wb_x', 'Bearer wb_000000000000.a.b', 'wb_naked'])(
    'that claims to be ours and is not is refused: %j',
    (text) => {
      expect(read(text)).toEqual({
        ok: false,
        error: { kind: 'api-key-invalid', reason: 'forged' },
      });
    },
  );
});
