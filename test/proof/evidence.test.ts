// One header, one meaning: the members we define, each once, each in its one spelling. Attack 22
// of the protocol page: a spent proof spelled differently must not be another proof, and what one
// parser reads as the first member and another as the last must not be read at all.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64 } from '../../core/bytes.ts';
import {
  type Evidence,
  EVIDENCE_BYTES_MAX,
  type EvidenceMembers,
  formatContentDigest,
  formatEvidence,
  parseContentDigest,
  parseEvidence,
} from '../../core/proof/evidence.ts';
import { bytes, sealed } from './samples.ts';

/** What two verifiers and a third read. */
const MEMBERS: EvidenceMembers = {
  w: { as: 'bytes', bytesMax: 256 },
  s: { as: 'bytes', bytesMax: 64 },
  k: { as: 'bytes', bytesMax: 65 },
  h: { as: 'text', bytesMax: 4_096 },
};
const read = (header: string): Evidence | null => parseEvidence(header, MEMBERS);

const EVIDENCE: Evidence = {
  challengeWire: sealed(),
  bytes: { w: bytes(256), s: bytes(64), k: bytes(65) },
  text: {},
};
const HEADER = formatEvidence(EVIDENCE);
const member = (name: string): string =>
  HEADER.split(', ').find((one) => one.startsWith(`${name}=`)) ?? '';

describe('evidence', () => {
  it('reads back as it was written, with and without what is optional', () => {
    expect(read(HEADER)).toEqual(EVIDENCE);
    const least = { ...EVIDENCE, bytes: {} };
    expect(read(formatEvidence(least))).toEqual(least);
    const most = { ...EVIDENCE, text: { h: '0.abc-_~+/=' } };
    expect(read(formatEvidence(most))).toEqual(most);
  });

  it('has the same meaning in any order and with blanks around its commas', () => {
    const reversed = HEADER.split(', ').toReversed();
    expect(read(reversed.join(','))).toEqual(EVIDENCE);
    expect(read(reversed.join(' ,\t'))).toEqual(EVIDENCE);
  });

  it.each([
    ['a member twice', `${HEADER}, ${member('c')}`],
    ['a member twice with another value', `${HEADER}, w=:${toBase64(bytes(256))}:`],
    ['two whole headers joined by a proxy', `${HEADER}, ${HEADER}`],
    ['a member we do not define', `${HEADER}, x="1"`],
    ['a flag', `${HEADER}, a`],
    ['a number', `${HEADER}, n=1`],
    ['parameters', `${HEADER};q=1`],
    ['an inner list', `${HEADER}, l=(1 2)`],
    ['a capital name', HEADER.replace('c=', 'C=')],
    ['a long name', HEADER.replace('c=', 'challenge=')],
    ['no challenge', [member('w'), member('s')].join(', ')],
    ['more bytes than its reader takes', [member('c'), `w=:${toBase64(bytes(257))}:`].join(', ')],
    ['a name of every object', `${HEADER}, constructor="1"`],
    ['an empty member', `${HEADER},`],
    ['an empty member inside', HEADER.replace(', ', ', , ')],
    ['blanks inside a member', HEADER.replace('c=', 'c = ')],
    ['a string where bytes belong', HEADER.replace(member('w'), 'w="AAAA"')],
    ['bytes where a string belongs', HEADER.replace(member('c'), 'c=:AAAA:')],
    ['single quotes', HEADER.replaceAll('"', "'")],
    ['an escape in a string', HEADER.replace('c="', 'c="\\"')],
    ['a comma in a string', HEADER.replace('c="', 'c=",')],
    ['nothing', ''],
    ['a semicolon for a comma', HEADER.replaceAll(', ', '; ')],
  ])('with %s is refused', (_, header) => {
    expect(read(header)).toBeNull();
  });

  it.each([
    ['without its padding', 'AQ', null],
    ['with stray trailing bits', 'AR==', null],
    ['in the alphabet of URLs', '-_8=', null],
    ['with a blank inside', 'AQ ==', null],
    ['with padding inside', 'AQ==AQ==', null],
    ['as it should be', 'AQ==', new Uint8Array([1])],
  ])('with bytes %s has one outcome', (_, base64, work) => {
    const said = read(`${member('c')}, w=:${base64}:`);
    expect(said?.bytes['w'] ?? null).toEqual(work);
  });

  it('folded over lines is the same evidence or none, never another', () => {
    for (const fold of ['\r\n ', '\n\t', '\r ', '\u00a0', '\u2028']) {
      for (let at = 0; at < HEADER.length; at += 1) {
        const said = read(HEADER.slice(0, at) + fold + HEADER.slice(at));
        expect(said ?? EVIDENCE).toEqual(EVIDENCE);
      }
    }
    const folded = HEADER.replace(', ', ',\r\n ');
    expect(() => new Headers({ 'Inference-Proof': folded })).toThrow(/invalid/i);
  });

  it('that two header lines carry is joined by the platform and refused', () => {
    const headers = new Headers();
    headers.append('Inference-Proof', HEADER);
    headers.append('Inference-Proof', HEADER);
    expect(read(headers.get('Inference-Proof') ?? '')).toBeNull();
  });

  it('of too many bytes is refused before it is read, and not at the limit', () => {
    const filled = (length: number): string => {
      const head = `${HEADER}, h="`;
      return `${head}${'t'.repeat(length - head.length - 1)}"`;
    };
    expect(read(filled(EVIDENCE_BYTES_MAX))).not.toBeNull();
    expect(read(filled(EVIDENCE_BYTES_MAX + 1))).toBeNull();
  });

  it('with any one character changed is refused or is other evidence, and never throws', () => {
    const characters = fc.constantFrom(...Array.from(' ,;:="\\\0\tAa0+/-_é'));
    fc.assert(
      fc.property(fc.nat(), characters, (place, character) => {
        const at = place % HEADER.length;
        fc.pre(HEADER.charAt(at) !== character);
        const said = read(HEADER.slice(0, at) + character + HEADER.slice(at + 1));
        const blank = HEADER.charAt(at) === ' ' && character === '\t';
        expect(said !== null && !blank ? said : 'refused').not.toEqual(EVIDENCE);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('Content-Digest', () => {
  const digest = bytes(32);
  const header = formatContentDigest(digest);

  it('reads back as it was written', () => {
    expect(parseContentDigest(header)).toEqual(digest);
  });

  it.each([
    ['nothing', ''],
    ['another algorithm', header.replace('256', '512')],
    ['two algorithms', `${header}, sha-512=:AAAA:`],
    ['the header twice', `${header}, ${header}`],
    ['capitals', header.replace('sha', 'SHA')],
    ['a blank', ` ${header}`],
    ['no colons', header.replaceAll(':', '')],
    ['quotes', header.replaceAll(':', '"')],
    ['too few bytes', formatContentDigest(digest.slice(1))],
    ['too many bytes', formatContentDigest(bytes(33))],
    ['hexadecimal', `sha-256=:${Buffer.from(digest).toString('hex')}:`],
    ['stray trailing bits', `sha-256=:${'A'.repeat(42)}B=:`],
    ['parameters', `${header};x=1`],
  ])('with %s is refused', (_, text) => {
    expect(parseContentDigest(text)).toBeNull();
  });
});
