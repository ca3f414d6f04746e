// A site with one protected path, for what the shipped stack would make slow or hard to stage: its
// gateway issues and checks real proofs, and a test sets what it answers and under which policy its
// page runs. The scripts are the built ones.

import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { buildAssets } from '../../local/build.ts';
import { CHROMIUM_LAUNCH } from '../../local/chromium.ts';
import { inRoot } from '../../local/paths.ts';
import {
  type Answer,
  type ProofGateway,
  type SeenCall,
  sendJson,
  startProofGateway,
} from '../client/proof-gateway.ts';

/** As the documentation gives it. */
export const STRICT_POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'";
export const PROTECTED = '/api/chat';
const SCRIPTS: Readonly<Record<string, string>> = {
  '/_weighbridge/client.js': 'script.js',
  '/_weighbridge/solver.js': 'solver.js',
  '/_weighbridge/solver-host.js': 'solver-host.js',
  '/_weighbridge/turnstile.js': 'turnstile.js',
};

export type Site = {
  readonly gateway: ProofGateway;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Of the page's tag, beside `data-protect`. */
  attributes: string;
  policy: string;
  /** What the protected path answers once the proof is good. */
  answer: Answer;
  /** Policy violations, and errors of the page's own. */
  readonly complaints: string[];
  /** Calls to the protected path. */
  calls(): SeenCall[];
  /** Opens the page, in a tab of its own if one is given. */
  open(tab?: Page): Promise<void>;
};

export function useSite(settings: Parameters<typeof startProofGateway>[0] = {}): () => Site {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    await buildAssets();
    browser = await chromium.launch({
      ...CHROMIUM_LAUNCH,
      // The cache of whole pages is what one of the tests is about.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
  });
  beforeEach(async () => {
    const gateway = await startProofGateway({
      offersNext: true,
      ...settings,
      protectedPath: PROTECTED,
      answer: (call, response) => serve(site, call, response),
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    site = {
      gateway,
      context,
      page,
      attributes: '',
      policy: STRICT_POLICY,
      answer: (call, response) => sendJson(response, { bytes: call.body.length }),
      complaints: [],
      calls: () => gateway.calls.filter(({ path }) => path.startsWith(PROTECTED)),
      async open(tab = page) {
        await tab.goto(gateway.url);
      },
    };
    context.on('page', (tab) => listen(site, tab));
    listen(site, page);
  });
  afterEach(async () => {
    await site.context.close();
    await site.gateway.close();
    expect(site.complaints).toEqual([]);
  });
  afterAll(() => browser?.close());
  return () => site;
}

function listen({ complaints }: Site, page: Page): void {
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  // Notes what the client reports, from the first moment on.
  void page.addInitScript(() => {
    const states: unknown[] = [];
    Object.assign(globalThis, { states });
    addEventListener('weighbridge:proof', (event) => states.push((event as CustomEvent).detail));
  });
}

function serve(site: Site, call: SeenCall, response: ServerResponse): void {
  if (call.path.startsWith(PROTECTED)) return site.answer(call, response);
  const script = SCRIPTS[call.path.replace(/\?.*/, '')];
  if (script !== undefined) {
    response.writeHead(200, { 'content-type': 'text/javascript' });
    response.end(readFileSync(inRoot('dist/client', script)));
    return;
  }
  if (call.path !== '/') return sendJson(response, { path: call.path });
  response.writeHead(200, {
    'content-type': 'text/html',
    'content-security-policy': site.policy,
  });
  response.end(`<!doctype html><html lang="en"><title>A site</title>
<script src="/_weighbridge/client.js" data-protect="${PROTECTED}" ${site.attributes}></script>
<body><label>Words <input id="words"></label><button id="button">Press</button></body></html>`);
}

export type State = {
  readonly state: string;
  readonly path: string;
  readonly ahead?: boolean;
  readonly by?: string;
  readonly progress?: number;
};

/** What the client has reported on this page. */
export const statesOf = (page: Page): Promise<State[]> =>
  page.evaluate(() => Reflect.get(globalThis, 'states') as State[]);

export const untilPrepared = (page: Page): Promise<unknown> =>
  page.waitForFunction(() =>
    (Reflect.get(globalThis, 'states') as State[]).some(({ state }) => state === 'prepared'),
  );
