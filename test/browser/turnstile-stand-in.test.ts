// The browser's side of the stand-in for Turnstile in a real Chromium: what a page with explicit
// rendering does with Cloudflare's api.js, it can do with this one.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EMULATOR_TURNSTILE_SECRET } from '../../emulator/turnstile.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { CHROMIUM_LAUNCH } from '../../local/chromium.ts';

type Widgets = {
  render(container: string, options: Record<string, unknown>): string;
  execute(id: string): void;
  reset(id: string): void;
  remove(id: string): void;
  getResponse(id: string): string | undefined;
};
declare const turnstile: Widgets;

let emulator: Emulator;
let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  emulator = await startEmulator({ port: 0 });
  const api = `${emulator.url}/turnstile/v0/api.js?render=explicit`;
  server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; script-src ${emulator.url}; connect-src ${emulator.url}`,
    );
    response.end(`<!doctype html><div id="here"></div><script src="${api}"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch(CHROMIUM_LAUNCH);
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  await emulator?.close();
});

async function verify(response: string): Promise<unknown> {
  const body = new URLSearchParams({ secret: EMULATOR_TURNSTILE_SECRET, response });
  const url = `${emulator.url}/turnstile/v0/siteverify`;
  return (await fetch(url, { method: 'POST', body })).json();
}

describe('window.turnstile', () => {
  test('gives a token that says where and what for, and takes its widget away', async () => {
    const token = await page.evaluate(
      () =>
        new Promise<string>((callback) => {
          const id = turnstile.render('#here', {
            sitekey: '0x4',
            action: 'app-chat',
            cData: 'abc',
            appearance: 'interaction-only',
            callback: (given: string) => {
              if (turnstile.getResponse(id) === given) turnstile.remove(id);
              callback(given);
            },
          });
        }),
    );
    expect(await verify(token)).toMatchObject({
      success: true,
      hostname: '127.0.0.1',
      action: 'app-chat',
      cdata: 'abc',
    });
    expect(await page.locator('#here > *').count()).toBe(0);
  });

  test('waits for execute where it is told to, and gives another token after reset', async () => {
    const tokens = await page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const given: string[] = [];
          const id = turnstile.render('#here', {
            sitekey: '0x4',
            execution: 'execute',
            callback: (token: string) => {
              given.push(token);
              if (given.length === 2) return resolve(given);
              turnstile.reset(id);
              turnstile.execute(id);
            },
          });
          if (turnstile.getResponse(id) === undefined) turnstile.execute(id);
        }),
    );
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(await verify(token)).toMatchObject({ success: true });
  });

  test('says in the error callback why there is none', async () => {
    const code = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          turnstile.render('#here', {
            sitekey: '2x00000000000000000000AB',
            callback: () => resolve('a token'),
            'error-callback': (given: string) => {
              resolve(given);
              return true;
            },
          });
        }),
    );
    expect(code).toBe('300030');
  });
});
