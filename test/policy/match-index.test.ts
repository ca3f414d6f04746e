// A thousand routes are found as one is. What breaks if this fails: a request is taken for another
// route than the one its path names, or a spelling slips through that the simple matcher, which
// looks at every route in turn, would have refused.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialectById } from '../../core/dialects/index.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import { matchRoute } from '../../core/policy/match.ts';
import { indexPaths } from '../../core/policy/path-index.ts';
import type { Route } from '../../core/policy/policy.ts';
import { ROUTES_MAX } from '../../core/policy/schema.ts';
import { present } from '../../core/result.ts';
import { policyWith, ROUTE } from './base.ts';
import { matchLinearly } from './linear-matcher.ts';

const TARGET = ':generateContent';

const routeAt = (path: string, dialect: string, at: number): Route =>
  ({ id: `r${String(at)}`, path, dialect: present(dialectById(dialect), dialect) }) as Route;

// prettier-ignore
const SEGMENTS = ['api', 'API', 'chat', 'Chat', 'v1', 'models', 'a.b', 'a..b', '-', '~', 'x', 'm:y'];
// prettier-ignore
const BENT = [
  '', '.', '..', '. .', '.%20.', '%2e', '%2E%2e', 'ap%69', '%2561pi', 'a%2fb', 'api;v=1', ';', 'chat.', 'chat..',
  'chat%00', 'chat%20', 'ch at', 'chat?x', 'chat#x', 'chat%3f', '%23', 'ａpi', '…', '‥', '\\', 'a\\b',
  '%ff', '%', '%zz', '%252525', 'K', 'ﬁ', 'é', 'e\u0301', 'İ', 'ı', 'ſ', `m${TARGET}`, TARGET,
  `m${TARGET}/`, `M.1${TARGET}`, '\u0000', '\t', 'x'.repeat(2_100),
];

const segment = fc.constantFrom(...SEGMENTS);
const plain = fc.array(segment, { minLength: 0, maxLength: 4 }).map((all) => `/${all.join('/')}`);
/** Also such as no policy has: two on one path, and one behind another's. */
const routes = fc
  .array(fc.tuple(plain, fc.constantFrom('openai-chat', 'gemini')), { minLength: 1, maxLength: 12 })
  .map((all) => all.map(([path, dialect], at) => routeAt(path, dialect, at)));
const bent = fc
  .array(fc.oneof(segment, fc.constantFrom(...BENT)), { maxLength: 6 })
  .map((all) => `/${all.join('/')}`);
const near = fc
  .tuple(plain, fc.constantFrom('', '/', `/m${TARGET}`, `//m${TARGET}`, '/m', ';x', '%20'))
  .map(([path, tail]) => path + tail);
const anything = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `/${text}`);

describe('the index', () => {
  it('says of every path what looking at every route in turn says, whatever the routes', () => {
    fc.assert(
      fc.property(routes, fc.oneof(plain, near, bent, anything), (all, path) => {
        const policy = { routes: all, paths: indexPaths(all) };
        expect(matchRoute(policy, path)).toEqual(matchLinearly(all, path));
      }),
      { numRuns: 30_000 },
    );
  });

  it('is compared on all three answers, or it would be compared on nothing', () => {
    const kinds = fc
      .sample(fc.tuple(routes, fc.oneof(plain, near, bent)), { numRuns: 3_000, seed: 1 })
      .map(([all, path]) => matchLinearly(all, path).kind);
    for (const kind of ['route', 'ambiguous', 'none'] as const) {
      expect(kinds.filter((one) => one === kind).length, kind).toBeGreaterThan(200);
    }
  });
});

describe('a policy of as many routes as there may be', () => {
  const many = (count: number) =>
    loadPolicy(
      policyWith({
        routes: Array.from({ length: count }, (_, at) => ({
          ...ROUTE,
          id: `r${String(at)}`,
          path: `/tenant-${String(at)}/api/chat`,
        })),
      }),
    );

  it('loads, and one more does not', () => {
    expect(many(ROUTES_MAX).ok).toBe(true);
    expect(many(ROUTES_MAX + 1).ok).toBe(false);
  });

  it('finds the first and the last of them, and their other spellings', () => {
    const loaded = many(ROUTES_MAX);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    for (const at of [0, ROUTES_MAX - 1]) {
      const [path, id] = [`/tenant-${String(at)}/api/chat`, `r${String(at)}`];
      expect(matchRoute(loaded.value, path)).toMatchObject({ kind: 'route', route: { id } });
      for (const other of [path.toUpperCase(), `/${path}`, `${path};x`, `${path}%20`]) {
        expect(matchRoute(loaded.value, other)).toMatchObject({ kind: 'ambiguous', route: { id } });
      }
    }
    expect(matchRoute(loaded.value, '/tenant-1000/api/chat').kind).toBe('none');
  });
});
