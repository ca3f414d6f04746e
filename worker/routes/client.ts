// The browser SDK as one script, and on a developer's machine the demo page with its two files.
// They are part of the bundle: nothing is fetched from anywhere.

import { Hono } from 'hono';
import clientSource from '../../dist/client/script.txt';
import demoHtml from '../../demo/index.html';
import demoCss from '../../dist/demo/demo.css.txt';
import demoScript from '../../dist/demo/demo.js.txt';
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

export const clientScript = (c: AppContext): Response =>
  c.body(clientSource, 200, { ...SCRIPT, 'Cache-Control': 'public, max-age=300' });

export const demo = new Hono<AppEnv>();

demo.get('/', (c) =>
  c.body(demoHtml, 200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': DEMO_POLICY,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  }),
);
demo.get('/_weighbridge/demo/demo.css', (c) =>
  c.body(demoCss, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'no-store' }),
);
demo.get('/_weighbridge/demo/demo.js', (c) =>
  c.body(demoScript, 200, { ...SCRIPT, 'Cache-Control': 'no-store' }),
);
demo.get('/favicon.ico', (c) => c.body(null, 204));
