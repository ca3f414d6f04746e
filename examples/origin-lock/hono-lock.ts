// The lock for Hono, on whatever Hono runs. It reads the body by Hono's own way, which remembers
// it: the handler asks `c.req.json()` or `c.req.text()` as ever. Put Hono's `bodyLimit` before it.

import { createMiddleware } from 'hono/factory';
import { type GatewayCaller, type LockOptions, makeLock } from './lock.ts';

export type LockedEnv = { Variables: { caller: GatewayCaller } };

export function originLock(options: LockOptions) {
  const lock = makeLock(options);
  return createMiddleware<LockedEnv>(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const caller = await lock({
      method: c.req.method,
      target: pathname + search,
      headers: new Map(c.req.raw.headers),
      readBody: async () => new Uint8Array(await c.req.arrayBuffer()),
    });
    if (caller === null) return c.json({ error: 'Only the gateway may ask.' }, 403);
    c.set('caller', caller);
    await next();
    return undefined;
  });
}
