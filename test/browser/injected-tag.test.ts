// A page that knows nothing of the gateway, behind one that writes its script tag into it, in a
// real Chromium. What breaks if this fails: an operator switches the gateway on and the app's own
// chat stops working.

import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHROMIUM_LAUNCH } from '../../local/chromium.ts';
import { chatBody } from '../support/chat.ts';
import { startPages, type Pages } from '../support/origin-pages.ts';

let pages: Pages;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  pages = await startPages();
  browser = await chromium.launch(CHROMIUM_LAUNCH);
});

beforeEach(async () => {
  await pages.zone.stack.resetEmulator();
  await pages.zone.stack.script({ text: 'Thirty tons.' });
  page = await browser.newPage();
});

afterAll(async () => {
  await browser?.close();
  await pages?.close();
});

/** What the app's developers wrote: it calls while the page is still being read. */
const appPage = (script: string): string => `<!doctype html>
<html><head><title>Shop</title>${script}
fetch('/api/chat', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: ${JSON.stringify(chatBody())} })
  .then((response) => response.text().then((text) => {
    document.title = response.status + ' ' + text;
  }));
</script></head><body>Hello</body></html>`;

async function titleOf(body: string, headers: Readonly<Record<string, string>> = {}) {
  pages.serve(body, { headers });
  await page.goto(`${pages.zone.url}/pages/one`);
  await page.waitForFunction(() => document.title !== 'Shop');
  return page.title();
}

describe('a page that calls fetch and nothing else', () => {
  test('is answered through the gateway, although it proves nothing itself', async () => {
    const title = await titleOf(appPage('<script>'));
    expect(title).toMatch(/^200 .*Thirty tons\./);
    expect((await pages.zone.stack.ledger()).calls).toHaveLength(1);
    expect(pages.zone.seen).toContain('GET /pages/one');
    expect(pages.zone.seen).not.toContain('POST /api/chat');
  });

  test('is refused without the tag: the tag is what makes the difference', async () => {
    const title = await titleOf(appPage('<script>'), { 'Cache-Control': 'no-transform' });
    expect(title).toMatch(/^401 .*"code":"proof_required"/);
    expect((await pages.zone.stack.ledger()).calls).toEqual([]);
  });

  test('keeps a strict policy with a nonce, and the tag runs under it', async () => {
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    const title = await titleOf(appPage('<script nonce="r4nd0m">'), {
      'Content-Security-Policy':
        "default-src 'none'; script-src 'nonce-r4nd0m'; connect-src 'self'; worker-src 'self'",
    });
    expect(title).toMatch(/^200 .*Thirty tons\./);
    expect(complaints.filter((text) => /Content Security Policy/i.test(text))).toEqual([]);
  });
});
