// The name of a device key, against RFC 7638's own rules computed independently. What breaks if
// this fails: two gateways name one device differently, or two devices share a name and a purse.

import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { thumbprint, THUMBPRINT } from '../../core/proof/thumbprint.ts';

/** RFC 7638 §3: the required members in the order of their code points, no blanks, SHA-256. */
function byTheRfc(jwk: JsonWebKey): string {
  const required = { crv: jwk.crv, kty: jwk.kty, x: jwk['x'], y: jwk['y'] };
  const sorted = Object.entries(required).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = JSON.stringify(Object.fromEntries(sorted));
  return createHash('sha256').update(canonical, 'utf8').digest('base64url');
}

function makeKey(): { readonly jwk: JsonWebKey; readonly point: Uint8Array } {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(String(jwk['x']), 'base64url'),
    Buffer.from(String(jwk['y']), 'base64url'),
  ]);
  return { jwk, point: new Uint8Array(point) };
}

describe('thumbprint', () => {
  it('is the one RFC 7638 prescribes, for any key', () => {
    for (let i = 0; i < 50; i += 1) {
      const { jwk, point } = makeKey();
      const name = thumbprint(point);
      expect(name).toBe(byTheRfc(jwk));
      expect(name).toMatch(THUMBPRINT);
    }
  });

  it('keeps leading zeros of a coordinate, which a number would lose', () => {
    const point = new Uint8Array(65);
    point[0] = 4;
    point[64] = 1;
    const coordinate = (last: number): string =>
      Buffer.concat([Buffer.alloc(31), Buffer.from([last])]).toString('base64url');
    const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(0), y: coordinate(1) };
    expect(thumbprint(point)).toBe(byTheRfc(jwk));
  });

  it('is another one for every other point', () => {
    const { point } = makeKey();
    const names = new Set([thumbprint(point)]);
    for (let at = 1; at < 65; at += 1) {
      const other = point.slice();
      other[at] = (other[at] ?? 0) ^ 1;
      names.add(thumbprint(other));
    }
    expect(names.size).toBe(65);
  });

  it.each([0, 33, 64, 66])('refuses a point of %d bytes', (length) => {
    expect(thumbprint(new Uint8Array(length).fill(4))).toBeNull();
  });

  it.each([0, 2, 3, 5, 6, 7])('refuses a point whose first byte is %d', (first) => {
    expect(thumbprint(new Uint8Array(65).fill(first))).toBeNull();
  });
});
