// Every route on one screen. Hono does routing, faults and the not-found page; what happens on a
// protected route is `protect.ts`.

import { type Context, Hono } from 'hono';
import type { Denial } from '../core/denial.ts';
import { isOwnPath, type Match, matchRoute } from '../core/policy/match.ts';
import { present } from '../core/result.ts';
import { refuse } from './answer.ts';
import { cors, isPreflight, preflight } from './cors.ts';
import type { Deps } from './env.ts';
import { logEvent } from './observe/log.ts';
import { plainRequestId } from './plain-request-id.ts';
import { protect } from './protect.ts';
import { passThrough } from './relay/pass-through.ts';
import { admin } from './routes/admin.ts';
import { challenge } from './routes/challenge.ts';
import { clientScript, demo } from './routes/client.ts';
import { health } from './routes/health.ts';

export type AppEnv = { Variables: { deps: Deps; match: Match } };
export type AppContext = Context<AppEnv>;

export function createApp(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const say = (denial: Denial): Response =>
    refuse(denial, plainRequestId(deps), deps.policy.docsUrl, {});

  app.use(async (c, next) => {
    const path = rawPath(c.req.raw);
    const match = matchRoute(deps.policy, path);
    // What is not ours goes on untouched, preflights included.
    if (match.kind === 'none' && passes(path, deps)) return passThrough(c.req.raw);
    if (isPreflight(c.req.raw)) return preflight(c.req.raw, deps);
    c.set('deps', deps);
    c.set('match', match);
    await next();
    if (!c.res.headers.has('Weighbridge-Request-Id')) {
      c.res.headers.set('Weighbridge-Request-Id', plainRequestId(deps));
    }
    cors(c.req.raw, c.res.headers, deps);
    return undefined;
  });

  app.get('/_weighbridge/health', health);
  app.get('/_weighbridge/client.js', clientScript);
  app.post('/.well-known/inference-proof/challenge', challenge);
  app.route('/_weighbridge/admin', admin);
  if (deps.isLocal) app.route('/', demo);

  // Whatever else comes: a protected route, a strange spelling of one, or nothing of ours.
  app.all('*', (c) => {
    const match = c.get('match');
    if (match.kind === 'ambiguous') return say({ kind: 'path-ambiguous' });
    if (match.kind === 'none') return c.notFound();
    const { route } = match;
    if (c.req.raw.method !== route.method) {
      return say({ kind: 'method-not-allowed', allow: `${route.method}, OPTIONS` });
    }
    const waitUntil = (work: Promise<unknown>): void => {
      c.executionCtx.waitUntil(work);
    };
    return protect({ request: c.req.raw, waitUntil }, route, deps);
  });

  app.notFound(() => say({ kind: 'path-unknown' }));

  app.onError((cause) => {
    logEvent('fault', { cause: String(cause), stack: cause.stack ?? null });
    return say({ kind: 'fault', cause: String(cause) });
  });

  return app;
}

/** Does a path without a route go on to the origin? Ours never do; locally there is no origin. */
const passes = (path: string, deps: Deps): boolean =>
  deps.policy.unprotected === 'pass' && !deps.isLocal && !isOwnPath(path);

/** The path as it was written, without the query. */
function rawPath(request: Request): string {
  const afterOrigin = request.url.slice(request.url.indexOf('/', request.url.indexOf('//') + 2));
  return present(afterOrigin.split(/[?#]/, 1)[0], 'path');
}
