// Calls from a page with `fetch`: every kind of body, under the strictest policy the documentation
// names, on a slow machine.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { PROTECTED, statesOf, STRICT_POLICY, useSite } from './site.ts';

const currentSite = useSite();

type Body = 'text' | 'form' | 'fields' | 'blob' | 'bytes' | 'stream' | 'request' | 'keepalive';

/** Posts from the page and says how that ended. */
const post = (kind: Body = 'text'): Promise<string> =>
  currentSite().page.evaluate(
    async ([path, what]) => {
      const json = '{"model":"m"}';
      const form = new FormData();
      form.set('model', 'm');
      form.set('file', new Blob([json]), 'a.json');
      const bodies: Record<string, BodyInit> = {
        form,
        fields: new URLSearchParams({ q: 'é' }),
        blob: new Blob([json], { type: 'text/plain' }),
        bytes: new TextEncoder().encode(json),
      };
      const stream = { body: new Blob([json]).stream(), duplex: 'half' };
      const more = what === 'stream' ? stream : what === 'keepalive' ? { keepalive: true } : {};
      const init: RequestInit = { method: 'POST', body: bodies[what] ?? json, ...more };
      try {
        const response = await (what === 'request'
          ? fetch(new Request(path, init))
          : fetch(path, init));
        return `${String(response.status)} ${await response.text()}`;
      } catch (error) {
        return String(error);
      }
    },
    [PROTECTED, kind] as const,
  );

const kinds = [
  'text',
  'form',
  'fields',
  'blob',
  'bytes',
  'stream',
  'request',
  'keepalive',
] as const;

describe('a body', () => {
  test('of every kind is sent as exactly the bytes that were hashed', async () => {
    const site = currentSite();
    await site.open();
    for (const kind of kinds) expect(await post(kind), kind).toMatch(/^200 /);
    const calls = site.calls();
    expect(calls.map(({ proof }) => proof)).toEqual(kinds.map(() => 'ok'));
    const types = calls.map(({ headers }) => headers['content-type']?.split(/[;]/)[0]);
    expect(types).toEqual([
      'text/plain',
      'multipart/form-data',
      'application/x-www-form-urlencoded',
      'text/plain',
      undefined,
      undefined,
      'text/plain',
      'text/plain',
    ]);
    expect(calls.at(-1)?.headers['inference-proof']).toBeDefined();
  });

  test('that never ends is refused with a clear error before anything is asked', async () => {
    const site = currentSite();
    await site.open();
    const said = await site.page.evaluate((path) => {
      const endless = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_048_576)),
      });
      const init = { method: 'POST', body: endless, duplex: 'half' };
      return fetch(path, init).then(String, String);
    }, PROTECTED);
    expect(said).toMatch(/^TypeError: .*at most 8388608 bytes/);
    expect(site.gateway.questions).toEqual([]);
  });
});

describe('a slow machine', () => {
  test('solves beside the page: no frame waits for the work', async () => {
    const site = currentSite();
    site.gateway.settings.bits = 15;
    await site.open();
    const devtools = await site.context.newCDPSession(site.page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 6 });
    const { status, longestMs, turns } = await site.page.evaluate(async (path) => {
      let turns = 0;
      let longestMs = 0;
      let lastAt = performance.now();
      const tick = (): void => {
        const now = performance.now();
        longestMs = Math.max(longestMs, now - lastAt);
        lastAt = now;
        turns += 1;
      };
      const ticking = setInterval(tick, 5);
      const { status } = await fetch(path, { method: 'POST', body: '{}' });
      clearInterval(ticking);
      return { status, longestMs, turns };
    }, PROTECTED);
    expect(status).toBe(200);
    expect(turns).toBeGreaterThan(3);
    // 2^20 hashes on the page itself would take this machine's slowed thread seconds.
    expect(longestMs).toBeLessThan(400);
  });
});

describe('a strict policy', () => {
  test('is the one the documentation gives, and the page that runs under it breaks no rule', async () => {
    const site = currentSite();
    expect(readFileSync(inRoot('docs/client.md'), 'utf8')).toContain(STRICT_POLICY);
    await site.open();
    expect(await post()).toMatch(/^200/);
    expect(site.complaints).toEqual([]);
  });

  test('may name a nonce instead of the origin: the client’s own files go by it', async () => {
    const site = currentSite();
    site.policy = STRICT_POLICY.replace("script-src 'self'", "script-src 'nonce-a1b2'");
    site.attributes = 'nonce="a1b2"';
    await site.open();
    expect(await post()).toMatch(/^200/);
  });

  test('really is one: it stops what the client does not do', async () => {
    const site = currentSite();
    await site.open();
    const ran = await site.page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(script);
      return Reflect.get(globalThis, 'ran') as unknown;
    });
    expect(ran).toBeUndefined();
    await expect.poll(() => site.complaints.length).toBe(1);
    site.complaints.length = 0;
  });
});

test('progress is told while the work is done, from nothing to all of it', async () => {
  const site = currentSite();
  site.gateway.settings.bits = 12;
  await site.open();
  await post();
  const told = (await statesOf(site.page)).filter(({ state }) => state === 'solving');
  const shares = told.map(({ progress }) => progress ?? -1);
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});
