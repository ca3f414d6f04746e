// Every route on one screen. A protected route is found before anything else; Hono does all other
// routing, and the not-found page. What happens on a protected route is `protect.ts`.

import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Denial } from '../core/denial.ts';
import { isOwnPath, type Match, matchRoute } from '../core/policy/match.ts';
import { refuse } from './answer.ts';
import { cors, isPreflight, preflight } from './cors.ts';
import type { Deps } from './env.ts';
import { logEvent } from './observe/log.ts';
import type { Addressed } from './identify.ts';
import { plainRequestId } from './plain-request-id.ts';
import { type Incoming, protect } from './protect.ts';
import { passThrough } from './relay/pass-through.ts';
import { demo } from 'weighbridge-demo';
import { admin } from './routes/admin.ts';
import { challenge } from './routes/challenge.ts';
import { clientScript, solverHostScript, solverScript, turnstileScript } from './routes/client.ts';
import { health } from './routes/health.ts';
import { isStepPath, stepOf } from './routes/provider.ts';
import { usage } from './routes/usage.ts';

export type AppEnv = { Bindings: { match: Match }; Variables: { deps: Deps } };
export type AppContext = Context<AppEnv>;

export type Handler = (request: Request, context: ExecutionContext) => Promise<Response>;

export function createApp(deps: Deps): Handler {
  const app = new Hono<AppEnv>();
  const say = (denial: Denial): Response =>
    refuse(denial, plainRequestId(deps), deps.policy.docsUrl, {});

  const fault = (cause: unknown): Response => {
    logEvent('fault', { cause: String(cause), stack: (cause as Partial<Error>)?.stack ?? null });
    return say({ kind: 'fault', cause: String(cause) });
  };
  /** What every answer carries, whoever gave it. */
  const complete = (request: Request, headers: Headers): void => {
    if (!headers.has('Weighbridge-Request-Id')) {
      headers.set('Weighbridge-Request-Id', plainRequestId(deps));
    }
    cors(request, headers, deps);
  };

  const protectedRoute = async (
    request: Request,
    addressed: Addressed,
    context: ExecutionContext,
  ): Promise<Response> => {
    const waitUntil = (work: Promise<unknown>): void => {
      context.waitUntil(work);
    };
    const answer = await serve({ request, waitUntil }, addressed, deps, say).catch(fault);
    complete(request, answer.headers);
    return answer;
  };

  app.use(async (c, next) => {
    if (isPreflight(c.req.raw)) return preflight(c.req.raw, deps);
    c.set('deps', deps);
    await next();
    complete(c.req.raw, c.res.headers);
    return undefined;
  });

  app.get('/_weighbridge/health', health);
  app.get('/_weighbridge/client.js', clientScript);
  app.get('/_weighbridge/solver.js', solverScript);
  app.get('/_weighbridge/solver-host.js', solverHostScript);
  app.get('/_weighbridge/turnstile.js', turnstileScript);
  app.post('/.well-known/inference-proof/challenge', challenge);
  app.post('/_weighbridge/usage', usage);
  app.route('/_weighbridge/admin', admin);
  if (deps.isLocal) app.route('/', demo);

  // Whatever else comes: the wrong method, a strange spelling of a route, or nothing of ours.
  app.all('*', (c) => {
    const { match } = c.env;
    if (match.kind === 'ambiguous') return say({ kind: 'path-ambiguous' });
    if (match.kind === 'none') return c.notFound();
    return say({ kind: 'method-not-allowed', allow: `${match.route.method}, OPTIONS` });
  });
  app.notFound(() => say({ kind: 'path-unknown' }));
  app.onError(fault);

  /** A model call of an app's own server: its grant says which route's run it is a step of. */
  const step = async (request: Request, context: ExecutionContext): Promise<Response> => {
    const addressed = stepOf(request, rawPath(request), deps);
    if (addressed.ok) return protectedRoute(request, addressed.value, context);
    const refused = say(addressed.error);
    complete(request, refused.headers);
    return refused;
  };

  return async (request, context) => {
    const path = rawPath(request);
    if (isStepPath(path)) return step(request, context);
    const match = matchRoute(deps.policy, path);
    if (match.kind === 'route' && request.method === match.route.method) {
      return protectedRoute(request, match, context);
    }
    // What is not ours goes on untouched, preflights included.
    return match.kind === 'none' && passes(path, deps)
      ? passThrough(request, deps.policy.injectClient).catch(fault)
      : app.fetch(request, { match }, context);
  };
}

/** A provider that the policy can do without has no key here: its routes are not served. */
async function serve(
  incoming: Incoming,
  addressed: Addressed,
  deps: Deps,
  say: (denial: Denial) => Response,
): Promise<Response> {
  const { provider } = addressed.route;
  const isServed = provider === null || deps.upstream(provider).apiKey !== '';
  if (isServed) return protect(incoming, addressed, deps);
  return say({ kind: 'misconfigured', missing: [provider.apiKeySecret] });
}

/** Does a path without a route go on to the origin? Ours never do; locally there is no origin. */
const passes = (path: string, deps: Deps): boolean =>
  deps.policy.unprotected === 'pass' && !deps.isLocal && path.startsWith('/') && !isOwnPath(path);

/** The path as it was written, without the query. `*` is the server as a whole. */
const rawPath = ({ url }: Request): string =>
  url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
