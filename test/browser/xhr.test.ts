// `XMLHttpRequest` on a page with the script tag: a protected request carries a proof and otherwise
// behaves as the platform's own; every other request is the platform's own.

import { describe, expect, test } from 'vitest';
import { PROTECTED, statesOf, untilPrepared, useSite } from './site.ts';

const currentSite = useSite();

/** Notes every event of a request, in order, on itself and on its upload. */
type Noted = {
  readonly events: string[];
  readonly status: number;
  readonly text: string;
  readonly readyState: number;
};

/** Runs in the page. Sends after `prepare` and resolves at `loadend`. */
type Step = 'json' | 'arraybuffer' | 'blob' | 'text' | 'abort' | 'timeout' | 'upload' | 'form';

const send = (path: string, step: Step): Promise<Noted> =>
  currentSite().page.evaluate(
    async ([address, kind]) => {
      const xhr = new XMLHttpRequest();
      const events: string[] = [];
      const note =
        (prefix: string) =>
        (event: Event): void => {
          const isState = event.type === 'readystatechange';
          events.push(`${prefix}${event.type}${isState ? String(xhr.readyState) : ''}`);
        };
      const types = ['loadstart', 'progress', 'load', 'loadend', 'abort', 'timeout', 'error'];
      xhr.onreadystatechange = note('');
      for (const type of types) xhr.addEventListener(type, note(''));
      if (kind === 'upload') {
        for (const type of types) xhr.upload.addEventListener(type, note('upload.'));
      }
      const ended = new Promise((resolve) => xhr.addEventListener('loadend', resolve));
      xhr.open('POST', address);
      xhr.setRequestHeader('X-Mine', 'one');
      xhr.setRequestHeader('X-Mine', 'two');
      if (kind === 'json' || kind === 'arraybuffer' || kind === 'blob') xhr.responseType = kind;
      if (kind === 'timeout') xhr.timeout = 150;
      const form = new FormData();
      form.set('model', 'm');
      xhr.send(kind === 'form' ? form : JSON.stringify({ model: 'm' }));
      if (kind === 'abort') xhr.abort();
      await ended;
      // What was said after the end would be noted too.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const { response } = xhr as { response: unknown };
      const text =
        response instanceof Blob || response instanceof ArrayBuffer
          ? await new Response(response).text()
          : typeof response === 'string'
            ? response
            : JSON.stringify(response);
      return { events, status: xhr.status, text, readyState: xhr.readyState };
    },
    [path, step] as const,
  );

const WHOLE = [
  'readystatechange1',
  'loadstart',
  'readystatechange2',
  'readystatechange3',
  'progress',
  'readystatechange4',
  'load',
  'loadend',
];

describe('a protected request', () => {
  for (const kind of ['text', 'json', 'arraybuffer', 'blob'] as const) {
    test(`is proven and ends as the platform's own would: ${kind}`, async () => {
      const site = currentSite();
      await site.open();
      const noted = await send(PROTECTED, kind);
      expect(noted).toMatchObject({ status: 200, text: '{"bytes":13}', readyState: 4 });
      expect(noted.events).toEqual(WHOLE);
      expect(site.calls()).toMatchObject([
        {
          proof: 'ok',
          headers: { 'x-mine': 'one, two', 'content-type': expect.stringMatching(/^text\/plain/) },
        },
      ]);
    });
  }

  test('tells the same events in the same order as one that is not protected', async () => {
    await currentSite().open();
    const proven = await send(PROTECTED, 'upload');
    const plain = await send('/elsewhere', 'upload');
    expect(proven.events).toEqual(plain.events);
  });

  test('sends a form as exactly the bytes that were hashed', async () => {
    const site = currentSite();
    await site.open();
    expect((await send(PROTECTED, 'form')).status).toBe(200);
    const [call] = site.calls();
    const headers = { 'content-type': call?.headers['content-type'] ?? '' };
    const form = await new Response(call?.body ?? null, { headers }).formData();
    expect(call?.proof).toBe('ok');
    expect(form.get('model')).toBe('m');
  });

  test('that was prepared is only signed', async () => {
    const site = currentSite();
    await site.open();
    await send(PROTECTED, 'text');
    await untilPrepared(site.page);
    await send(PROTECTED, 'text');
    expect(site.calls().map(({ ahead }) => ahead)).toEqual([false, true]);
    expect(site.gateway.questions.length).toBe(1);
  });
});

describe('a refusal', () => {
  for (const kind of ['text', 'json', 'upload'] as const) {
    test(`is answered with a fresh proof, and the page hears of one answer: ${kind}`, async () => {
      const site = currentSite();
      await site.open();
      site.gateway.settings.refusals.push({ status: 403, code: 'proof_rejected' });
      const noted = await send(PROTECTED, kind);
      expect(noted).toMatchObject({ status: 200, text: '{"bytes":13}' });
      expect(noted.events.filter((event) => !event.startsWith('upload.'))).toEqual(WHOLE);
      expect(noted.events.filter((event) => event === 'upload.load').length).toBe(
        kind === 'upload' ? 1 : 0,
      );
      expect(site.calls().map(({ headers }) => headers['x-mine'])).toEqual([
        'one, two',
        'one, two',
      ]);
    });
  }

  test('for the second time is the page’s', async () => {
    const site = currentSite();
    await site.open();
    const refusal = { status: 403, code: 'proof_rejected' };
    site.gateway.settings.refusals.push(refusal, refusal);
    expect((await send(PROTECTED, 'text')).status).toBe(403);
    expect(site.calls().length).toBe(2);
    const states = await statesOf(site.page);
    expect(states.at(-1)).toMatchObject({ state: 'refused', by: 'gateway' });
  });

  test('for another reason is the page’s at once, with all its events', async () => {
    const site = currentSite();
    await site.open();
    site.gateway.settings.refusals.push({ status: 403, code: 'not_offered' });
    const noted = await send(PROTECTED, 'text');
    expect(noted.status).toBe(403);
    expect(noted.text).toContain('not_offered');
    expect(noted.events.filter((event) => event !== 'progress')).toEqual(
      WHOLE.filter((event) => event !== 'progress'),
    );
    expect(site.calls().length).toBe(1);
  });
});

describe('leaving', () => {
  test('before the proof is made ends as an aborted request does, and sends nothing', async () => {
    const site = currentSite();
    await site.open();
    const noted = await send(PROTECTED, 'abort');
    expect(noted.events).toEqual([
      'readystatechange1',
      'loadstart',
      'readystatechange4',
      'abort',
      'loadend',
    ]);
    expect(noted).toMatchObject({ status: 0, readyState: 0 });
    expect(site.calls()).toEqual([]);
  });

  test('by a timeout counts the time the proof takes', async () => {
    const site = currentSite();
    site.gateway.settings.bits = 21;
    await site.open();
    const noted = await send(PROTECTED, 'timeout');
    expect(noted.events).toEqual([
      'readystatechange1',
      'loadstart',
      'readystatechange4',
      'timeout',
      'loadend',
    ]);
    expect(site.calls()).toEqual([]);
  });

  test('without a network is an error event', async () => {
    const site = currentSite();
    await site.open();
    await site.context.setOffline(true);
    expect((await send(PROTECTED, 'text')).events.slice(-2)).toEqual(['error', 'loadend']);
  });
});
