// Paths near a protected one, bent in a few places that servers differ about; some of them nothing
// but noise. A seed decides all of them.

import type { Random } from './scenario.ts';

const PLAIN = ['/api/chat', '/api/chat', '/v1beta/models/gemini-2.5-flash:generateContent'];

/** What goes in before a slash, or behind everything. */
// prettier-ignore
const DETOURS = [
  '/', '/.', '/%2e', '/x/..', '/x/%2e%2e', '/x%2f..', '/..', '/;a', '/..;', '/%20', '%20', '/%252e',
  '/x/%252e%252e', '\\', '/\\', '/x\\..', '%5c', ';a=b', ';', '%3b', '.', '%2e', '%00', '%0a', '%09',
  '%0d%0a', '/a%2f%2e%2e', '/...', '%ff', '%c0%af', '%u002f', '%25', '/%2f', '//', '%23', '%3f',
];
// prettier-ignore
const TAILS = [
  '/', '//', '/.', '/..', '/x/..', '.json', '.', ';x', '%00', '%20', '%09', '%0d%0aX:%20y', '?x=1',
  '#f', '%3Fx', '%23f', '/index.html', '%2f', '%5c', '?%00', '?/../..', '~', '%e2%80%8b', '%ef%bc%8f',
];
const SLASHES = ['%2f', '%2F', '\\', '%5c', '%252f', '//', '%ef%bc%8f', '/./', '%c0%af'];

const hex = (letter: string): string => letter.charCodeAt(0).toString(16).padStart(2, '0');
const PERCENT = ['%', '%', '%25', '%2525'];

const SPARED = ' \r\n\t';
/** Any byte of a request line that does not end it. */
const anyByte = (random: Random): string => {
  const letter = String.fromCharCode(random.whole(0x21, 0x7e));
  return SPARED.includes(letter) ? '-' : letter;
};

function bent(path: string, random: Random): string {
  const at = random.whole(1, path.length - 1);
  const [before, letter, after] = [path.slice(0, at), path.charAt(at), path.slice(at + 1)];
  const slashes = [...path.matchAll(/\//g)].map(({ index }) => index);
  const slash = slashes.length === 0 ? 0 : random.pick(slashes);
  switch (random.whole(0, 7)) {
    case 0:
      return path.slice(0, slash) + random.pick(DETOURS) + path.slice(slash);
    case 1:
      return before + random.pick(PERCENT) + hex(letter) + after;
    case 2:
      return before + (letter === letter.toLowerCase() ? letter.toUpperCase() : letter) + after;
    case 3:
      return path + random.pick(TAILS);
    case 4:
      return path.slice(0, slash) + random.pick(SLASHES) + path.slice(slash + 1);
    case 5:
      return before + anyByte(random) + letter + after;
    case 6:
      return path + random.pick(DETOURS);
    default:
      return before + after;
  }
}

const NOISE_CHANCE = 0.05;
const BENDS_MAX = 4;

export function fuzzedPath(random: Random): string {
  if (random.chance(NOISE_CHANCE)) {
    return `/${Array.from({ length: random.whole(0, 40) }, () => anyByte(random)).join('')}`;
  }
  let path = random.pick(PLAIN);
  for (let left = random.whole(1, BENDS_MAX); left > 0; left -= 1) path = bent(path, random);
  return path.startsWith('/') ? path : `/${path}`;
}
