// The browser SDK as one script, and what it loads when there is work to do. The files are deployed
// with the Worker and beside it (`[assets]`): nothing is fetched from anywhere else.

import { Fault } from '../../core/result.ts';
import type { AppContext } from '../app.ts';

const SCRIPT = { 'Content-Type': 'text/javascript; charset=utf-8' };
const CACHED_SCRIPT = { ...SCRIPT, 'Cache-Control': 'public, max-age=300' };

/** Our headers and no other: who may use a script is not for the place it is kept to say. */
const serve =
  (name: string, headers: Readonly<Record<string, string>> = CACHED_SCRIPT) =>
  async (c: AppContext): Promise<Response> => {
    const file = await c.get('deps').clientFiles.fetch(`https://client-files/${name}.js`);
    if (!file.ok) throw new Fault(`${name}.js is not deployed: ${String(file.status)}`);
    return new Response(file.body, { headers });
  };

export const clientScript = serve('script');
/** Two modules that the script loads when there is work to do, and when a human is asked for. */
export const solverHostScript = serve('solver-host');
export const turnstileScript = serve('turnstile');

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

export const solverScript = serve('solver', SOLVER_HEADERS);
