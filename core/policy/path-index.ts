// The paths of a policy, laid out once when it is loaded, so that finding the route of a request
// costs the same with one route as with a thousand. It compares text and nothing else: what else a
// path may be read as is known in `match.ts`.

import type { Dialect } from '../dialects/dialect.ts';

type Routed = { readonly path: string; readonly dialect: Pick<Dialect, 'targetPattern'> };

/** `at` is its place in the policy: of two that fit, the first one counts. */
export type Placed<One> = { readonly route: One; readonly at: number };

type Branch<One> = {
  readonly below: Map<string, Branch<One>>;
  placed: Placed<One> | null;
};

/** Routes by their paths, written as they are or in lower case. */
type Spelt<One> = {
  /** Whose path is all there is to say. */
  readonly whole: Map<string, Placed<One>>;
  /** Whose dialect names things behind it, segment by segment. */
  readonly leading: Branch<One>;
};

export type PathIndex<One> = { readonly plain: Spelt<One>; readonly folded: Spelt<One> };

const branch = <One>(): Branch<One> => ({ below: new Map(), placed: null });

function plant<One>(root: Branch<One>, path: string, placed: Placed<One>): void {
  let at = root;
  for (const segment of path.split('/')) {
    const next = at.below.get(segment) ?? branch<One>();
    at.below.set(segment, next);
    at = next;
  }
  at.placed ??= placed;
}

const spelt = <One>(): Spelt<One> => ({ whole: new Map(), leading: branch() });

function place<One extends Routed>(
  { whole, leading }: Spelt<One>,
  path: string,
  placed: Placed<One>,
): void {
  if (placed.route.dialect.targetPattern !== undefined) plant(leading, path, placed);
  else if (!whole.has(path)) whole.set(path, placed);
}

export function indexPaths<One extends Routed>(routes: readonly One[]): PathIndex<One> {
  const index: PathIndex<One> = { plain: spelt(), folded: spelt() };
  routes.forEach((route, at) => {
    const placed = { route, at };
    place(index.plain, route.path, placed);
    place(index.folded, route.path.toLowerCase(), placed);
  });
  return index;
}

/** Routes that a path stands behind, slash included; as deep as there are routes and no deeper. */
export function routesBefore<One>({ leading }: Spelt<One>, path: string): Placed<One>[] {
  const found: Placed<One>[] = [];
  let at = leading;
  let start = 0;
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', start)) {
    const next = at.below.get(path.slice(start, end));
    if (next === undefined) break;
    if (next.placed !== null) found.push(next.placed);
    at = next;
    start = end + 1;
  }
  return found;
}
