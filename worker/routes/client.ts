// The browser SDK as one script, the solver it starts in workers, and on a developer's machine the
// demo page with its two files. They are part of the bundle: nothing is fetched from anywhere.

import { Hono } from 'hono';
import clientSource from '../../dist/client/script.txt';
import solverHostSource from '../../dist/client/solver-host.txt';
import solverSource from '../../dist/client/solver.txt';
import turnstileSource from '../../dist/client/turnstile.txt';
import demoHtml from '../../demo/index.html';
import demoCss from '../../dist/demo/demo.css.txt';
import demoScript from '../../dist/demo/demo.js.txt';
import { SITEVERIFY_URL, type Turnstile } from '../adapters/siteverify.ts';
import type { AppContext, AppEnv } from '../app.ts';

const DEMO_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SCRIPT = { 'Content-Type': 'text/javascript; charset=utf-8' };
const CACHED_SCRIPT = { ...SCRIPT, 'Cache-Control': 'public, max-age=300' };

const serve =
  (source: string) =>
  (c: AppContext): Response =>
    c.body(source, 200, CACHED_SCRIPT);

export const clientScript = serve(clientSource);
/** Two modules that the script loads when there is work to do, and when a human is asked for. */
export const solverHostScript = serve(solverHostSource);
export const turnstileScript = serve(turnstileSource);

/**
 * A worker from the network has the policy of its own answer, not its page's (HTML, "initialize a
 * worker global scope's policy container"). So a page's policy need not allow WebAssembly for the
 * solver to use it. A page that isolates itself starts only workers that say they do too.
 */
const SOLVER_HEADERS = {
  ...CACHED_SCRIPT,
  'Content-Security-Policy': "default-src 'none'; script-src 'wasm-unsafe-eval'",
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
};

export const solverScript = (c: AppContext): Response => c.body(solverSource, 200, SOLVER_HEADERS);

const DEMO_TAG = 'data-protect="/api/chat"';

/** Where the policy asks for a human, the page may load the widget, or what stands in for it. */
function demoPage(turnstile: Turnstile | null): { readonly html: string; readonly policy: string } {
  if (turnstile === null) return { html: demoHtml, policy: DEMO_POLICY };
  const { scriptUrl } = turnstile;
  const { origin } = new URL(scriptUrl ?? SITEVERIFY_URL);
  const widget = `$1 ${origin}`;
  return {
    html:
      scriptUrl === null
        ? demoHtml
        : demoHtml.replace(DEMO_TAG, `${DEMO_TAG} data-turnstile-src="${scriptUrl}"`),
    policy: `${DEMO_POLICY.replace(/((?:script|connect)-src 'self')/g, widget)}; frame-src ${origin}`,
  };
}

export const demo = new Hono<AppEnv>();

demo.get('/', (c) => {
  const { html, policy } = demoPage(c.get('deps').turnstile);
  return c.body(html, 200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
});
demo.get('/_weighbridge/demo/demo.css', (c) =>
  c.body(demoCss, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'no-store' }),
);
demo.get('/_weighbridge/demo/demo.js', (c) =>
  c.body(demoScript, 200, { ...SCRIPT, 'Cache-Control': 'no-store' }),
);
demo.get('/favicon.ico', (c) => c.body(null, 204));
