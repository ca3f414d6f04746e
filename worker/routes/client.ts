// The browser SDK as one script, and the solver it starts in workers. They are part of the bundle:
// nothing is fetched from anywhere.

import clientSource from '../../dist/client/script.txt';
import solverHostSource from '../../dist/client/solver-host.txt';
import solverSource from '../../dist/client/solver.txt';
import turnstileSource from '../../dist/client/turnstile.txt';
import type { AppContext } from '../app.ts';

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
