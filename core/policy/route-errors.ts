// What contradicts itself in the names and paths of routes: two that a server could take for one
// another, and one that no request can reach. Everything is told at once.

import { dialectById } from '../dialects/index.ts';
import { present } from '../result.ts';
import { canonicalPath, isOwnPath } from './match.ts';
import { indexPaths, type PathIndex, routesBefore } from './path-index.ts';
import type { PolicyError } from './policy.ts';
import type { PolicySource, RouteSource } from './schema.ts';

type Named = Pick<RouteSource, 'id' | 'path'> & {
  readonly dialect: NonNullable<ReturnType<typeof dialectById>>;
};

/** Why no request can reach it. */
function* deadSentences({ path, dialect }: Named): Generator<string> {
  const canonical = canonicalPath(path);
  if (canonical !== path) {
    yield `write it as "${canonical ?? '/'}": no request can match this spelling`;
  }
  if (isOwnPath(path.toLowerCase())) yield "is one of the gateway's own";
  if (path === '/' && dialect.targetPattern !== undefined) {
    yield 'the model stands behind it: no request can match two slashes in a row';
  }
}

/** What it could be taken for: `earlier` are routes above it, by their paths in lower case. */
function overlapSentence(
  { id, path }: Named,
  earlier: ReadonlyMap<string, Named>,
  { folded }: PathIndex<Named>,
): string | null {
  const name = path.toLowerCase();
  const twin = earlier.get(name);
  if (twin?.path === path) return `route "${twin.id}" has the same path`;
  if (twin !== undefined) {
    return `differs only by case from that of route "${twin.id}": many servers take them for one`;
  }
  const before = routesBefore(folded, name).find(({ route }) => route.id !== id);
  return before === undefined
    ? null
    : `stands behind that of route "${before.route.id}", which has all that is below it`;
}

export function routeErrors(source: PolicySource): readonly PolicyError[] {
  const errors: PolicyError[] = [];
  const routes: readonly Named[] = source.routes.map(({ id, path, dialect }) => ({
    id,
    path,
    dialect: present(dialectById(dialect), 'dialect'),
  }));
  const index = indexPaths(routes);
  const ids = new Set<string>();
  const earlier = new Map<string, Named>();
  routes.forEach((route, at) => {
    const say = (field: string, sentence: string): void => {
      errors.push({ path: `routes[${String(at)}].${field}`, sentence });
    };
    if (ids.has(route.id)) say('id', `another route is called "${route.id}"`);
    ids.add(route.id);
    for (const sentence of deadSentences(route)) say('path', sentence);
    const overlap = overlapSentence(route, earlier, index);
    if (overlap !== null) say('path', overlap);
    if (!earlier.has(route.path.toLowerCase())) earlier.set(route.path.toLowerCase(), route);
  });
  return errors;
}
