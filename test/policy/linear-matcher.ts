// The matcher in its simplest form: every route is looked at, one after the other, and every
// reading of a path is worked out whatever it is. What the indexed one must agree with.

import { type Match, PATH_CHARS_MAX } from '../../core/policy/match.ts';
import type { Route } from '../../core/policy/policy.ts';

const DECODE_ROUNDS_MAX = 3;

function decodeOnce(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** The path as written and after every decoding a server might do; null where one fails. */
function decodings(raw: string): readonly [string, ...string[]] | null {
  const paths: [string, ...string[]] = [raw];
  let path = raw;
  for (let round = 0; round < DECODE_ROUNDS_MAX && path.includes('%'); round += 1) {
    const decoded = decodeOnce(path);
    if (decoded === null) return null;
    paths.push(decoded);
    path = decoded;
  }
  return paths;
}

// Control characters and blanks are what this is about.
const BLANKS = /[\u0000-\u0020\u007f]/g;
const DELIMITED = /[?#].*$/s;
const DELIMITED_OR_BLANK = /[?#\u0000-\u0020\u007f].*$/s;
const CLIMB = /(?:^|\/)\.\.(?=$|[/;?#])/;

const folded = (path: string): string => path.normalize('NFKC').replace(/\\/g, '/');

/** By hand: a pattern would look at each of a thousand dots for the end of all of them. */
function withoutLastDots(segment: string): string {
  let end = segment.length;
  while (end > 0 && segment[end - 1] === '.') end -= 1;
  return end === 0 ? segment : segment.slice(0, end);
}

function plainSegments(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    const plain = withoutLastDots(segment.replace(/;.*$/s, ''));
    if (plain === '' || plain === '.') continue;
    if (plain === '..') segments.pop();
    else segments.push(plain);
  }
  return `/${segments.join('/')}`;
}

/** Blanks are skipped by some servers and end the path for others. */
const bare = (path: string): readonly string[] => [
  folded(path).replace(DELIMITED, '').replace(BLANKS, ''),
  folded(path).replace(DELIMITED_OR_BLANK, ''),
];

/** Something may stand behind the last slash, though it comes to nothing. */
const isOpenEnded = (path: string): boolean =>
  ['', '.'].includes(withoutLastDots((path.split('/').at(-1) ?? '').replace(/;.*$/s, '')));

const spellings = (path: string): readonly string[] =>
  bare(path).flatMap((one) =>
    isOpenEnded(one) ? [plainSegments(one), `${plainSegments(one)}/`] : [plainSegments(one)],
  );

/**
 * Does the path climb with `..`? What it climbs out of differs from server to server (is `//` a
 * segment, is `;x`, is `%2f` a slash?), so no reading of such a path is the only one.
 */
const climbs = (path: string): boolean => CLIMB.test(folded(path).replace(BLANKS, ''));

/** Is the path all there is to say? Else it names nothing by itself. */
const isWhole = ({ dialect }: Route): boolean => dialect.targetPattern === undefined;

/** What stands behind a route's path, where its dialect names things there. */
function targetOf({ path: own, dialect }: Route, path: string): string | null {
  if (dialect.targetPattern === undefined || !path.startsWith(own)) return null;
  const target = path.slice(own.length);
  return dialect.targetPattern.test(target) ? target : null;
}

/** Another spelling of something behind a route's path. */
const leadsTo = ({ path }: Route, read: ReadonlySet<string>): boolean =>
  [...read].some((one) => one.startsWith(`${path.toLowerCase()}/`));

/** `path` is the request's own, without query, as received. */
export function matchLinearly(routes: readonly Route[], path: string): Match {
  for (const route of routes) {
    if (isWhole(route) && route.path === path) return { kind: 'route', route, target: '' };
    const target = targetOf(route, path);
    if (target !== null) return { kind: 'route', route, target };
  }
  const paths = path.length > PATH_CHARS_MAX ? null : decodings(path);
  // What cannot be read in one way only might be read by someone as a protected path.
  const unreadable = paths === null || paths.some(climbs);
  const read = new Set((paths ?? []).flatMap(spellings).map((one) => one.toLowerCase()));
  for (const route of routes) {
    const isMeant = isWhole(route) ? read.has(route.path.toLowerCase()) : leadsTo(route, read);
    if (unreadable || isMeant) {
      return { kind: 'ambiguous', route };
    }
  }
  return { kind: 'none' };
}
