// What a proof adds to a call as a visitor's browser sees it: the same call from one page in a real
// Chromium, once proven through the script tag and once with an API key through the platform's own
// `fetch`, in turns. The difficulty is the shipped policy's; what the gateway's own checks take is
// part of the difference.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CHROMIUM, CHROMIUM_LAUNCH } from '../local/chromium.ts';
import { inRoot } from '../local/paths.ts';
import { newKey, startGateway } from './gateway.ts';
import { median } from './load.ts';
import { JSON_SCRIPT, type Provider } from './provider.ts';
import type { Row } from './row.ts';
import { BODY, progress, type Size } from './subject.ts';

const PATH = '/v1/chat/completions';
const ADDED_MS_MAX = 5;
const PREPARED_MS_MAX = 20_000;

/**
 * What the page keeps for us: the platform's `fetch`, how many proofs are prepared, how many calls
 * were tried twice, and when the last one was sent.
 */
type Bench = { plain: typeof fetch; prepared: number; retried: number; sentAtMs: number };
declare const bench: Bench;

/** A page with the script tag for the path both kinds of caller may use. */
async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    const kept: Bench = {
      plain: fetch.bind(globalThis),
      prepared: 0,
      retried: 0,
      sentAtMs: 0,
    };
    Object.assign(globalThis, { bench: kept });
    addEventListener('weighbridge:proof', (event) => {
      const { detail } = event as CustomEvent<{ state: string }>;
      if (detail.state === 'prepared') kept.prepared += 1;
      if (detail.state === 'retry') kept.retried += 1;
      if (detail.state === 'sent') kept.sentAtMs = performance.now();
    });
  });
  await page.goto(url);
  await page.evaluate(async (path) => {
    const tag = document.createElement('script');
    tag.src = '/_weighbridge/client.js';
    tag.dataset['protect'] = path;
    const loaded = new Promise((resolve) => tag.addEventListener('load', resolve));
    document.head.append(tag);
    await loaded;
  }, PATH);
  return page;
}

type Asked = { readonly path: string; readonly body: string; readonly key: string | null };

/** Milliseconds from the call to the last byte of its answer, and to the moment it was sent. */
type Timed = { readonly wholeMs: number; readonly toSendMs: number };

const call = (page: Page, key: string | null): Promise<Timed> =>
  page.evaluate(
    async (asked: Asked) => {
      const { path, body } = asked;
      const headers: Record<string, string> = { 'Content-Type': 'application/json' };
      if (asked.key !== null) headers['Authorization'] = `Bearer ${asked.key}`;
      const send = asked.key === null ? fetch : bench.plain;
      const startedAt = performance.now();
      const response = await send(path, { method: 'POST', headers, body });
      const text = await response.text();
      const wholeMs = performance.now() - startedAt;
      if (!response.ok) throw new Error(text);
      return { wholeMs, toSendMs: bench.sentAtMs - startedAt };
    },
    { path: PATH, body: BODY, key },
  );

/** The answer to the last call has brought the next challenge, and its work is done. */
const awaitPrepared = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction((least) => bench.prepared >= least, count, { timeout: PREPARED_MS_MAX });

type Pairs = { readonly added: number[]; readonly plain: number[]; readonly toSend: number[] };

async function preparedPairs(page: Page, key: string, count: number): Promise<Pairs> {
  const pairs: Pairs = { added: [], plain: [], toSend: [] };
  await call(page, key);
  await call(page, null);
  for (let at = 0; at < count; at += 1) {
    await awaitPrepared(page, at + 1);
    const first = await call(page, at % 2 === 0 ? key : null);
    const second = await call(page, at % 2 === 0 ? null : key);
    const [plain, proven] = at % 2 === 0 ? [first, second] : [second, first];
    pairs.plain.push(plain.wholeMs);
    pairs.added.push(proven.wholeMs - plain.wholeMs);
    pairs.toSend.push(proven.toSendMs);
  }
  const retried = await page.evaluate(() => bench.retried);
  if (retried > 0) throw new Error(`${String(retried)} calls were sent twice: nothing is measured`);
  return pairs;
}

/** The first call of a page that prepared nothing: question, solver, workers and all. */
async function coldAdded(browser: Browser, url: string, key: string): Promise<number> {
  const page = await openPage(browser, url);
  try {
    await call(page, key);
    const plain = await call(page, key);
    return (await call(page, null)).wholeMs - plain.wholeMs;
  } finally {
    await page.close();
  }
}

async function measure(browser: Browser, url: string, port: number, size: Size): Promise<Row[]> {
  const { key } = await newKey(port);
  const page = await openPage(browser, url);
  const { added, plain, toSend } = await preparedPairs(page, key, size.browserCalls);
  await page.close();
  progress(`browser: added, prepared: ${added.map((value) => value.toFixed(1)).join(' ')}`);
  const cold: number[] = [];
  for (let at = 0; at < Math.ceil(size.browserCalls / 5); at += 1) {
    cold.push(await coldAdded(browser, url, key));
  }
  return [
    {
      name: 'browser: added by a proof that was prepared, ms',
      goal: { most: ADDED_MS_MAX },
      values: added,
    },
    { name: 'browser: from the call to its sending, prepared, ms', goal: null, values: toSend },
    { name: 'browser: added to the first call of a page, ms', goal: null, values: cold },
    { name: 'browser: the call with an API key, ms', goal: null, values: [median(plain)] },
  ];
}

export async function browserLatency(
  provider: Provider,
  folder: string,
  size: Size,
): Promise<Row[]> {
  if (!existsSync(CHROMIUM)) {
    progress('browser: Chromium is not installed, skipped');
    return [];
  }
  await provider.script(JSON_SCRIPT);
  const policyFile = inRoot('bench/policy-browser.ts');
  const gateway = await startGateway(provider.url, folder, { policyFile });
  const browser = await chromium.launch(CHROMIUM_LAUNCH);
  try {
    const url = `http://127.0.0.1:${String(gateway.port)}`;
    return await measure(browser, url, gateway.port, size);
  } finally {
    await browser.close();
    await gateway.stop();
  }
}
