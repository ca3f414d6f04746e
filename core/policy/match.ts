// Which route a path means. The plain spelling matches; any other spelling that an origin might read
// as the same path is ambiguous and refused, because a guard that reads a path differently from the
// server behind it is no guard. Paths are canonicalised for matching only, never for forwarding.

import type { Policy, Route } from './policy.ts';

export const PATH_CHARS_MAX = 2_048;
const DECODE_ROUNDS_MAX = 3;

export type Match =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'ambiguous'; readonly route: Route }
  | { readonly kind: 'none' };

function decodeOnce(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** The one plain spelling of a path, or null where it cannot be decoded. */
export function canonicalPath(raw: string): string | null {
  let path = raw;
  for (let round = 0; round < DECODE_ROUNDS_MAX && path.includes('%'); round += 1) {
    const decoded = decodeOnce(path);
    if (decoded === null) return null;
    path = decoded;
  }
  const segments: string[] = [];
  const folded = path
    .normalize('NFKC')
    .replace(/[\\]/g, '/')
    // Control characters and blanks, encoded delimiters and everything behind them.
    .replace(/[?#].*$/s, '')
    .replace(/[\u0000-\u0020\u007f]/g, '');
  for (const segment of folded.split('/')) {
    const plain = segment
      .replace(/;.*$/, '')
      .replace(/\.+$/, (dots) => (dots === segment ? dots : ''));
    if (plain === '' || plain === '.') continue;
    if (plain === '..') segments.pop();
    else segments.push(plain);
  }
  return `/${segments.join('/')}`;
}

/** `path` is the request's own, without query, as received. */
export function matchRoute(policy: Policy, path: string): Match {
  for (const route of policy.routes) if (route.path === path) return { kind: 'route', route };
  const canonical = path.length > PATH_CHARS_MAX ? null : canonicalPath(path);
  const folded = canonical?.toLowerCase() ?? '';
  for (const route of policy.routes) {
    if (route.path.toLowerCase() === folded) return { kind: 'ambiguous', route };
    // What cannot be decoded might still be read by someone as a protected path.
    if (canonical === null) return { kind: 'ambiguous', route };
  }
  return { kind: 'none' };
}
