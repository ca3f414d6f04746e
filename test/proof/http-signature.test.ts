// The text that RFC 9421 has signed, against the examples of its appendix B, which somebody else
// wrote and signed. What breaks if this fails: honest agents are refused, or what is checked is not
// what they signed.

import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ComponentValues,
  signatureBase,
  signatureBytes,
  signaturesBy,
} from '../../core/proof/http-signature.ts';
import { readAgentKey } from '../../core/proof/agent-key.ts';
import { present } from '../../core/result.ts';

/** Appendix B.2, `test-request`. */
const FIELDS: Readonly<Record<string, string>> = {
  host: 'example.com',
  date: 'Tue, 20 Apr 2021 02:07:55 GMT',
  'content-type': 'application/json',
  'content-digest':
    'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:',
  'content-length': '18',
};
const DERIVED: Readonly<Record<string, string>> = {
  '@method': 'POST',
  '@path': '/foo',
  '@query': '?param=Value&Pet=dog',
  '@authority': 'example.com',
};
const VALUES: ComponentValues = {
  derived: (name) => DERIVED[name] ?? null,
  field: (name) => FIELDS[name] ?? null,
};

/** Appendix B.1.4. */
const ED25519 = { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' };

const INPUT_B26 =
  'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")' +
  ';created=1618884473;keyid="test-key-ed25519"';
const SIGNATURE_B26 =
  'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:';

const only = (field: string) => present(signaturesBy(field, () => true)[0], 'signature');
const baseOf = (field: string, values = VALUES) => signatureBase(only(field), values);
const textOf = (field: string, values = VALUES): string => {
  const base = baseOf(field, values);
  return base.ok ? Buffer.from(base.value).toString('latin1') : base.error;
};

describe('the text that is signed', () => {
  it('is that of appendix B.2.6, and the signature there is over it', () => {
    expect(textOf(INPUT_B26)).toBe(
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")' +
          ';created=1618884473;keyid="test-key-ed25519"',
      ].join('\n'),
    );
    const key = createPublicKey({ key: ED25519, format: 'jwk' });
    const base = baseOf(INPUT_B26);
    const signature = present(signatureBytes(SIGNATURE_B26, 'sig-b26'), 'signature');
    expect(base.ok && verify(null, base.value, key, signature)).toBe(true);
    signature[0] = (signature[0] ?? 0) ^ 1;
    expect(base.ok && verify(null, base.value, key, signature)).toBe(false);
  });

  it('is that of appendix B.2.3, which covers the query and the digest', () => {
    const input =
      'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" ' +
      '"content-length");created=1618884473;keyid="test-key-rsa-pss"';
    const lines = textOf(input).split('\n');
    expect(lines.slice(3, 7)).toEqual([
      '"@query": ?param=Value&Pet=dog',
      '"@authority": example.com',
      '"content-type": application/json',
      `"content-digest": ${FIELDS['content-digest'] ?? ''}`,
    ]);
    expect(lines.at(-1)).toBe(`"@signature-params": ${input.slice('sig-b23='.length)}`);
  });

  it('is only the parameters where nothing is covered (appendix B.2.1)', () => {
    const input = 'sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnw"';
    expect(textOf(input)).toBe(`"@signature-params": ${input.slice('sig-b21='.length)}`);
  });

  it('is the same in any spelling of the field', () => {
    const spaced = INPUT_B26.replace('("date" ', '(   "date"    ').replace(';created', '; created');
    expect(textOf(`  ${spaced}`)).toBe(textOf(INPUT_B26));
  });

  it.each([
    ['a component that is not there', '("x-none")'],
    ['a derived component that is unknown', '("@status")'],
    ['a derived component with a parameter', '("@method";req)'],
    ['a field with a parameter we do not follow', '("date";bs)'],
    ['a field as structured in its own way', '("date";sf)'],
    ['a member of what is no dictionary', '("date";key="a")'],
    ['a capital in the name', '("Date")'],
    ['a name that is no string', '(date)'],
  ])('is not made for %s', (_, list) => {
    expect(textOf(`s=${list};keyid="k"`)).toBe('signature-coverage');
  });

  it.each(['a\nb', 'a\rb', 'a\u0000b', '\u00e9'])('is not made with a value like %j', (value) => {
    const values = { ...VALUES, field: () => value };
    expect(textOf('s=("date");keyid="k"', values)).toBe('signature-coverage');
  });
});

describe('the key of an agent', () => {
  const p256 = {
    kty: 'EC',
    crv: 'P-256',
    x: 'qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA',
    y: 'Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0',
  } as const;

  it('is named by the thumbprint of RFC 8037 appendix A.3 and of Web Bot Auth', () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    const rfc8037 = readAgentKey({ kty: 'OKP', crv: 'Ed25519', x });
    expect(rfc8037?.keyId).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    const rfc9421 = readAgentKey({ kty: 'OKP', crv: 'Ed25519', x: ED25519.x });
    expect(rfc9421?.keyId).toBe('poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U');
  });

  it('is taken where it is a point of P-256 (RFC 9421 appendix B.1.3), and else refused', () => {
    expect(readAgentKey(p256)?.algorithm).toBe('ecdsa-p256-sha256');
    expect(readAgentKey({ ...p256, x: p256.y, y: p256.x })).toBeNull();
    expect(readAgentKey({ ...p256, y: p256.y.replace('M', 'N') })).toBeNull();
    const none = 'A'.repeat(43);
    expect(readAgentKey({ ...p256, x: none, y: none })).toBeNull();
    expect(readAgentKey({ ...p256, x: '_'.repeat(42) + '8' })).toBeNull();
    expect(readAgentKey({ ...p256, y: p256.y.slice(1) })).toBeNull();
  });
});
