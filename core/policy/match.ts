// Which route a path means. The plain spelling matches; any other spelling that an origin might
// read as the same path is ambiguous and refused, because a guard that reads a path differently
// from the server behind it is no guard. Paths are canonicalised for matching only, never for
// forwarding.

import { type PathIndex, type Placed, routesBefore } from './path-index.ts';
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

const folded = (path: string): string => path.normalize('NFKC').replaceAll('\\', '/');

/** By hand: a pattern would look at each of a thousand dots for the end of all of them. */
function withoutLastDots(segment: string): string {
  let end = segment.length;
  while (end > 0 && segment[end - 1] === '.') end -= 1;
  return end === 0 ? segment : segment.slice(0, end);
}

function plainSegment(segment: string): string {
  const mark = segment.indexOf(';');
  return withoutLastDots(mark < 0 ? segment : segment.slice(0, mark));
}

const isNothing = (plain: string): boolean => plain === '' || plain === '.';

function plainSegments(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    const plain = plainSegment(segment);
    if (isNothing(plain)) continue;
    if (plain === '..') segments.pop();
    else segments.push(plain);
  }
  return `/${segments.join('/')}`;
}

/** Blanks are skipped by some servers and end the path for others. `path` is folded. */
function bare(path: string): readonly [string, ...string[]] {
  const skipped = path.replace(DELIMITED, '').replace(BLANKS, '');
  const cut = path.replace(DELIMITED_OR_BLANK, '');
  return cut === skipped ? [skipped] : [skipped, cut];
}

/**
 * The plain spelling; and where its last segment came to nothing, such as `/` and `/;x`, one with a
 * last slash, because something stands behind the rest.
 */
function spellings(path: string): readonly string[] {
  const plain = plainSegments(path);
  const last = path.slice(path.lastIndexOf('/') + 1);
  return isNothing(plainSegment(last)) ? [plain, `${plain}/`] : [plain];
}

/**
 * Does the path climb with `..`? What it climbs out of differs from server to server (is `//` a
 * segment, is `;x`, is `%2f` a slash?), so no reading of such a path is the only one. `path` is
 * folded.
 */
const climbs = (path: string): boolean => CLIMB.test(path.replace(BLANKS, ''));

/** A path with one reading only: nothing in it that anybody decodes, cuts off, skips or folds. */
const PLAIN = /^(?:\/[\w~!$&'()*+,=:@-]+(?:\.[\w~!$&'()*+,=:@-]+)*)+$/;

/** The one plain spelling of a path, or null where it cannot be decoded. */
export function canonicalPath(raw: string): string | null {
  if (PLAIN.test(raw)) return raw;
  const last = decodings(raw)?.at(-1);
  return last === undefined ? null : plainSegments(bare(folded(last))[0]);
}

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

/** Everything that somebody might read the path as, in lower case; null where nobody can say. */
function readings(path: string): ReadonlySet<string> | null {
  if (path.length > PATH_CHARS_MAX) return null;
  if (PLAIN.test(path)) return new Set([path.toLowerCase()]);
  const paths = decodings(path)?.map(folded);
  if (paths === undefined || paths.some(climbs)) return null;
  return new Set(
    paths
      .flatMap(bare)
      .flatMap(spellings)
      .map((one) => one.toLowerCase()),
  );
}

type Index = PathIndex<Route>;

/** The route that this is the plain spelling of. */
function plainlyMeant({ plain }: Index, path: string): Match | null {
  let found = plain.whole.get(path);
  let target = '';
  for (const placed of routesBefore(plain, path)) {
    const behind = targetOf(placed.route, path);
    if (behind === null || (found !== undefined && found.at < placed.at)) continue;
    found = placed;
    target = behind;
  }
  return found === undefined ? null : { kind: 'route', route: found.route, target };
}

/** The first route that one of these leads to. */
function meant({ folded: index }: Index, read: ReadonlySet<string>): Route | null {
  let found: Placed<Route> | null = null;
  for (const path of read) {
    const whole = index.whole.get(path);
    for (const placed of [...(whole === undefined ? [] : [whole]), ...routesBefore(index, path)]) {
      if (found === null || placed.at < found.at) found = placed;
    }
  }
  return found?.route ?? null;
}

/** `path` is the request's own, without query, as received. */
export function matchRoute(policy: Pick<Policy, 'routes' | 'paths'>, path: string): Match {
  const plainly = plainlyMeant(policy.paths, path);
  if (plainly !== null) return plainly;
  const read = readings(path);
  // What cannot be read in one way only might be read by someone as a protected path.
  const route = read === null ? policy.routes[0] : meant(policy.paths, read);
  return route === undefined || route === null ? { kind: 'none' } : { kind: 'ambiguous', route };
}
