// The demo page with its two files, on a developer's machine. A deployment is built without it: see
// `no-demo.ts`.

import { Hono } from 'hono/tiny';
import demoHtml from '../../demo/index.html';
import demoCss from '../../dist/demo/demo.css.txt';
import demoScript from '../../dist/demo/demo.js.txt';
import { SITEVERIFY_URL, type Turnstile } from '../adapters/siteverify.ts';
import type { AppEnv } from '../app.ts';

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
  c.body(demoScript, 200, {
    'Content-Type': 'text/javascript; charset=utf-8',
    'Cache-Control': 'no-store',
  }),
);
demo.get('/favicon.ico', (c) => c.body(null, 204));
