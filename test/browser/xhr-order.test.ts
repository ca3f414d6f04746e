// What a page hears of a protected `XMLHttpRequest`, held against what it hears of one that is not
// protected: the same events, in the same order, with the same lengths, on the same side of `send`.

import { describe, expect, test } from 'vitest';
import { PROTECTED, untilPrepared, useSite } from './site.ts';

const currentSite = useSite();

type Way = {
  readonly method?: 'GET';
  readonly body?: 'form' | 'parameters';
  /** Aborts on this event, or right after `send`. */
  readonly abortsAt?: 'loadstart' | 'upload.loadstart' | 'send';
  readonly timeoutMilliseconds?: number;
};

/** Runs in the page: all there is to hear, and where `send` returned. */
const hear = (path: string, way: Way): Promise<string[]> =>
  currentSite().page.evaluate(
    async ([address, { method = 'POST', body, abortsAt, timeoutMilliseconds = 0 }]) => {
      const xhr = new XMLHttpRequest();
      const heard: string[] = [];
      const listen = (target: EventTarget, prefix: string, type: string): void =>
        target.addEventListener(type, (event) => {
          const { lengthComputable, loaded, total } = event as ProgressEvent;
          // The two paths answer with different words.
          const isOfAnswer = prefix === '' && loaded > 0;
          const length = isOfAnswer ? '' : ` ${String(lengthComputable)} ${loaded}/${total}`;
          const isState = type === 'readystatechange';
          heard.push(`${prefix}${type}${isState ? ` ${xhr.readyState}` : length}`);
          if (abortsAt === prefix + type) xhr.abort();
        });
      const types = ['loadstart', 'progress', 'load', 'loadend', 'abort', 'timeout', 'error'];
      for (const type of ['readystatechange', ...types]) listen(xhr, '', type);
      for (const type of types) listen(xhr.upload, 'upload.', type);
      const ended = new Promise((resolve) => xhr.addEventListener('loadend', resolve));
      xhr.open(method, address);
      xhr.timeout = timeoutMilliseconds;
      const form = new FormData();
      form.set('model', 'm');
      const parameters = new URLSearchParams({ model: 'é' });
      const text = '{"model":"é"}';
      xhr.send(body === 'form' ? form : body === 'parameters' ? parameters : text);
      heard.push('sent');
      if (abortsAt === 'send') xhr.abort();
      await ended;
      // What was said after the end would be noted too.
      await new Promise((resolve) => setTimeout(resolve, 0));
      return [...heard, `state ${xhr.readyState}`];
    },
    [path, way] as const,
  );

describe('a protected request is heard as one that is not', () => {
  const ways: Readonly<Record<string, Way>> = {
    'to its end': {},
    'with parameters to its end': { body: 'parameters' },
    'without a body to its end': { method: 'GET' },
    'away right after `send`': { abortsAt: 'send' },
    'away without a body': { abortsAt: 'send', method: 'GET' },
    'away as it starts': { abortsAt: 'loadstart' },
    'away as its body starts': { abortsAt: 'upload.loadstart' },
  };
  for (const [how, way] of Object.entries(ways)) {
    test(`that goes ${how}`, async () => {
      await currentSite().open();
      const plain = await hear('/elsewhere', way);
      expect(plain.slice(0, plain.indexOf('sent'))).toContain('loadstart false 0/0');
      expect(await hear(PROTECTED, way)).toEqual(plain);
    });
  }

  test('that takes too long: the proof in one, the answer in the other', async () => {
    const site = currentSite();
    await site.open();
    await site.page.route('**/elsewhere', () => undefined);
    const way = { timeoutMilliseconds: 150 };
    const plain = await hear('/elsewhere', way);
    site.gateway.settings.answerChallenge = () => undefined;
    expect(await hear(PROTECTED, way)).toEqual(plain);
    expect(plain).toContain('timeout false 0/0');
    expect(site.calls()).toEqual([]);
  });

  test('but for the length of a form, which is not known as it starts', async () => {
    await currentSite().open();
    const withoutLengths = (heard: string[]) => heard.map((line) => line.replace(/ \w+ .*/, ''));
    const proven = await hear(PROTECTED, { body: 'form' });
    const plain = await hear('/elsewhere', { body: 'form' });
    expect(withoutLengths(proven)).toEqual(withoutLengths(plain));
    expect(proven).toContain('upload.loadstart false 0/0');
  });
});

describe('a refused request', () => {
  const refusal = { status: 403, code: 'proof_rejected' };

  test('tells of one start, however often it is sent', async () => {
    const site = currentSite();
    await site.open();
    site.gateway.settings.refusals.push(refusal);
    const heard = await hear(PROTECTED, {});
    expect(heard.filter((line) => line.includes('loadstart'))).toEqual([
      'loadstart false 0/0',
      'upload.loadstart true 0/14',
    ]);
    expect(site.calls().length).toBe(2);
  });

  test('that runs out of time while it is proven again tells nothing more of its body', async () => {
    const site = currentSite();
    await site.open();
    await hear(PROTECTED, {});
    await untilPrepared(site.page);
    // What is prepared is refused, nothing is offered with the refusal, and nothing when asked.
    const { settings } = site.gateway;
    settings.refusals.push(refusal);
    settings.offersNext = false;
    settings.answerChallenge = () => undefined;
    const heard = await hear(PROTECTED, { timeoutMilliseconds: 1_000 });
    expect(heard.slice(-4)).toEqual([
      'readystatechange 4',
      'timeout false 0/0',
      'loadend false 0/0',
      'state 4',
    ]);
    expect(heard.filter((line) => line.startsWith('upload.loadend')).length).toBe(1);
    expect(site.calls().length).toBe(2);
  });
});

test('what a page can ask of its own `fetch` and `XMLHttpRequest` is as the platform’s', async () => {
  await currentSite().open();
  const said = await currentSite().page.evaluate(() => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const about = ({ fetch, XMLHttpRequest: Xhr }: typeof globalThis) =>
      [fetch, Xhr].map(({ name, length }) => `${name} ${length}`);
    const own = frame.contentWindow as (Window & typeof globalThis) | null;
    return [about(globalThis), own === null ? [] : about(own)];
  });
  expect(said).toEqual([
    ['fetch 1', 'XMLHttpRequest 0'],
    ['fetch 1', 'XMLHttpRequest 0'],
  ]);
});
