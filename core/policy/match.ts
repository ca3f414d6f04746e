// Which route a path means. The plain spelling matches; any other spelling that an origin might
// read as the same path is ambiguous and refused, because a guard that reads a path differently
// from the server behind it is no guard. Paths are canonicalised for matching only, never for
// forwarding.

import type { Policy, Route } from './policy.ts';

export const PATH_CHARS_MAX = 2_048;
const DECODE_ROUNDS_MAX = 3;

/** Paths that are the gateway's own on every host, whether something is served there or not. */
export const isOwnPath = (path: string): boolean =>
  path.startsWith('/_weighbridge') || path.startsWith('/.well-known/inference-proof');

export type Match =
  /** `target`: what of the path stands behind the route's own. */
  | { readonly kind: 'route'; readonly route: Route; readonly target: string }
  | { readonly kind: 'ambiguous'; readonly route: Route }
  | { readonly kind: 'none' };

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
const spellings = (path: string): readonly [string, string] => [
  plainSegments(folded(path).replace(DELIMITED, '').replace(BLANKS, '')),
  plainSegments(folded(path).replace(DELIMITED_OR_BLANK, '')),
];

/**
 * Does the path climb with `..`? What it climbs out of differs from server to server (is `//` a
 * segment, is `;x`, is `%2f` a slash?), so no reading of such a path is the only one.
 */
const climbs = (path: string): boolean => CLIMB.test(folded(path).replace(BLANKS, ''));

/** The one plain spelling of a path, or null where it cannot be decoded. */
export function canonicalPath(raw: string): string | null {
  const last = decodings(raw)?.at(-1);
  return last === undefined ? null : spellings(last)[0];
}

/** Is the path all there is to say? Else it names nothing by itself. */
const isWhole = ({ dialect }: Route): boolean => dialect.targetPattern === undefined;

/** What stands behind a route's path, where its dialect names things there. */
function targetOf({ path: own, dialect }: Route, path: string): string | null {
  if (dialect.targetPattern === undefined || !path.startsWith(own)) return null;
  const target = path.slice(own.length);
  return dialect.targetPattern.test(target) ? target : null;
}

/** The step of this route's run that a path means. Only the plain spelling means anything. */
export function stepAt(
  { steps }: Pick<Route, 'steps'>,
  path: string,
): { readonly route: Route; readonly target: string } | null {
  const exact = steps.get(path);
  if (exact !== undefined) return { route: exact, target: '' };
  for (const route of steps.values()) {
    const target = targetOf(route, path);
    if (target !== null) return { route, target };
  }
  return null;
}

/** Another spelling of something behind a route's path. */
const leadsTo = ({ path }: Route, read: ReadonlySet<string>): boolean =>
  [...read].some((one) => one.startsWith(`${path.toLowerCase()}/`));

/** `path` is the request's own, without query, as received. */
export function matchRoute(policy: Policy, path: string): Match {
  for (const route of policy.routes) {
    if (isWhole(route) && route.path === path) return { kind: 'route', route, target: '' };
    const target = targetOf(route, path);
    if (target !== null) return { kind: 'route', route, target };
  }
  const paths = path.length > PATH_CHARS_MAX ? null : decodings(path);
  // What cannot be read in one way only might be read by someone as a protected path.
  const unreadable = paths === null || paths.some(climbs);
  const read = new Set((paths ?? []).flatMap(spellings).map((one) => one.toLowerCase()));
  for (const route of policy.routes) {
    const isMeant = isWhole(route) ? read.has(route.path.toLowerCase()) : leadsTo(route, read);
    if (unreadable || isMeant) {
      return { kind: 'ambiguous', route };
    }
  }
  return { kind: 'none' };
}
