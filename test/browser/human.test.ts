// The human check in a real Chromium: against the shipped stack with the emulator's Turnstile, and
// against a stand-in that wants the visitor to do something. Nothing of it is loaded before a
// challenge asks.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { PROTECTED, statesOf, STRICT_POLICY, useSite } from './site.ts';
import { useVisitor } from './visitor.ts';

const TURNSTILE = 'https://challenges.cloudflare.com';
/** As the documentation gives it, for pages that ask for a human. */
const HUMAN_POLICY = `${STRICT_POLICY} ${TURNSTILE}; frame-src ${TURNSTILE}`.replace(
  "script-src 'self'",
  `script-src 'self' ${TURNSTILE}`,
);

/** Asks the visitor to press a button, and notes what it was given. */
const STAND_IN = `
  window.turnstile = {
    render(place, widget) {
      window.widget = widget;
      const button = document.createElement('button');
      button.textContent = 'I am human';
      button.addEventListener('click', () => widget.callback('a.token'));
      place.append(button);
      setTimeout(() => widget['before-interactive-callback'](), 0);
      return 'w1';
    },
    remove: () => (window.removed = true),
  };`;

const post = (page: Page): Promise<string> =>
  page.evaluate(async (path) => {
    try {
      const response = await fetch(path, { method: 'POST', body: '{"model":"m"}' });
      return String(response.status);
    } catch (error) {
      return String(error);
    }
  }, PROTECTED);

describe('a visitor of the shipped stack', () => {
  const currentVisitor = useVisitor({ policyFile: inRoot('test/support/human-page-policy.ts') });

  test('is let through by Turnstile, and is not asked again while the pass lasts', async () => {
    const { stack, context, page } = currentVisitor();
    // A page that the test made up comes from nowhere, and the emulator is on this machine.
    await context.grantPermissions(['local-network-access']);
    const src = `${stack.emulatorUrl}/turnstile/v0/api.js?render=explicit`;
    // The demo's own policy knows no Turnstile: a page that uses it has to say so.
    await page.route(`${stack.gatewayUrl}/shop`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><title>Shop</title><script src="/_weighbridge/client.js"
          data-protect="/api/chat" data-turnstile-src="${src}"></script>`,
      }),
    );
    await page.goto(`${stack.gatewayUrl}/shop`);
    const chat = (): Promise<number> =>
      page.evaluate(async () => {
        const messages = [{ role: 'user', content: 'hello' }];
        const body = JSON.stringify({ model: 'gpt-4o-mini', messages, max_tokens: 16 });
        const headers = { 'Content-Type': 'application/json' };
        return (await fetch('/api/chat', { method: 'POST', headers, body })).status;
      });
    expect([await chat(), await chat(), await chat()]).toEqual([200, 200, 200]);
    await page.reload();
    expect(await chat()).toBe(200);
    const asked = await fetch(`${stack.emulatorUrl}/_emulator/turnstile`);
    expect(await asked.json()).toMatchObject({ siteverifyCalls: 1 });
  });
});

describe('a visitor who has to do something', () => {
  const human = { siteKey: 'site-key', action: 'app-chat', pass: 'pass-1' };
  const currentSite = useSite({ human });

  async function openWithTurnstile(): Promise<string[]> {
    const site = currentSite();
    const loaded: string[] = [];
    site.policy = HUMAN_POLICY;
    await site.context.route(`${TURNSTILE}/**`, (route) => {
      loaded.push(route.request().url());
      return route.fulfill({ contentType: 'text/javascript', body: STAND_IN });
    });
    await site.open();
    return loaded;
  }

  test('finds the check with the keyboard, and gets the focus back', async () => {
    const site = currentSite();
    const { page } = site;
    const loaded = await openWithTurnstile();
    await page.locator('#words').focus();
    const posted = post(page);
    const region = page.getByRole('dialog', { name: 'Please confirm that you are human' });
    await region.waitFor();
    expect(await region.evaluate((node) => node === document.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await posted).toBe('200');
    expect(await page.locator('#words').evaluate((node) => node === document.activeElement)).toBe(
      true,
    );
    expect(await region.count()).toBe(0);
    expect(loaded).toEqual([`${TURNSTILE}/turnstile/v0/api.js?render=explicit`]);
    expect(site.calls()).toMatchObject([{ proof: 'ok', humanToken: 'a.token' }]);
    const states = (await statesOf(page)).map(({ state }) => state);
    expect(states).toContain('human');
  });

  test('is asked with the site key, the action and the challenge of this call', async () => {
    const site = currentSite();
    await openWithTurnstile();
    const posted = post(site.page);
    await site.page.getByRole('button', { name: 'I am human' }).click();
    await posted;
    const { sitekey, action, cData } = await site.page.evaluate(
      () => Reflect.get(globalThis, 'widget') as Record<string, string>,
    );
    expect({ sitekey, action }).toEqual({ sitekey: 'site-key', action: 'app-chat' });
    expect(cData).toMatch(/^[\w-]{43}$/);
    expect(await site.page.evaluate(() => Reflect.get(globalThis, 'removed'))).toBe(true);
  });

  for (const [how, leave] of [
    ['with Escape', (page: Page) => page.keyboard.press('Escape')],
    ['by its button', (page: Page) => page.getByRole('button', { name: 'Cancel' }).click()],
  ] as const) {
    test(`may leave ${how}: the call ends as an aborted one, and nothing is sent`, async () => {
      const site = currentSite();
      await openWithTurnstile();
      const posted = post(site.page);
      await site.page.getByRole('dialog').waitFor();
      await leave(site.page);
      expect(await posted).toMatch(/^AbortError/);
      expect(site.calls()).toEqual([]);
      expect(await site.page.getByRole('dialog').count()).toBe(0);
    });
  }

  test('finds it in the place the page has for it', async () => {
    const site = currentSite();
    site.attributes = 'data-turnstile-container="#button"';
    await openWithTurnstile();
    const posted = post(site.page);
    await site.page.locator('#button').getByText('I am human').click();
    expect(await posted).toBe('200');
    expect(await site.page.getByRole('dialog').count()).toBe(0);
  });

  test('whose network does not let Turnstile through is told so, and may try again', async () => {
    const site = currentSite();
    site.policy = HUMAN_POLICY;
    await site.context.route(`${TURNSTILE}/**`, (route) => route.abort());
    await site.open();
    expect(await post(site.page)).toMatch(/^TypeError: The human check could not be loaded/);
    await site.context.unroute(`${TURNSTILE}/**`);
    await site.context.route(`${TURNSTILE}/**`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: STAND_IN }),
    );
    const posted = post(site.page);
    await site.page.getByRole('button', { name: 'I am human' }).click();
    expect(await posted).toBe('200');
  });

  test('in a second tab shows the pass that the first has earned', async () => {
    const site = currentSite();
    await openWithTurnstile();
    const posted = post(site.page);
    await site.page.getByRole('button', { name: 'I am human' }).click();
    await posted;
    const second = await site.context.newPage();
    await site.open(second);
    expect(await post(second)).toBe('200');
    expect(site.calls().map(({ pass }) => pass)).toEqual([null, 'pass-1']);
  });

  test('is not asked, and loads nothing, where no challenge asks', async () => {
    const site = currentSite();
    site.gateway.settings.human = null;
    const loaded = await openWithTurnstile();
    expect(await post(site.page)).toBe('200');
    expect(loaded).toEqual([]);
    expect(site.gateway.calls.some(({ path }) => path.endsWith('turnstile.js'))).toBe(false);
  });
});
