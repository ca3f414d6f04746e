// Pages with the script tag in them go out as they come: streamed, decoded where they have to be,
// broken off where the origin breaks off. What breaks if this fails: a page that its origin sends
// bit by bit is held back to its end, or half a page looks like a whole one.

import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE, startPages, TAG, TAGGED, type Pages } from '../support/origin-pages.ts';
import { poll } from '../support/poll.ts';
import { openWire, requestBytes } from '../support/wire.ts';

let pages: Pages;

beforeAll(async () => {
  pages = await startPages();
});

afterAll(() => pages.close());

describe('a page that streams', () => {
  it.each(['identity', 'gzip'])('goes out as it comes, in %s', async (encoding) => {
    let finish: () => void = () => undefined;
    pages.zone.pages.set('/pages/one', (_request, response) => {
      const isGzip = encoding === 'gzip';
      response.writeHead(200, {
        'Content-Type': 'text/html',
        ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
      });
      const gzip = isGzip ? createGzip() : null;
      gzip?.pipe(response);
      const out = gzip ?? response;
      out.write('<!doctype html><html><head></head><body>first ');
      gzip?.flush();
      finish = () => out.end('last');
    });
    const wire = await openWire(pages.zone.url);
    wire.send(requestBytes('GET /pages/one', {}));
    // Only what has arrived while the origin still waits satisfies this.
    await wire.sees('the first words', (text) => text.endsWith('<body>first '));
    finish();
    const { body } = await wire.answer();
    expect(body.toString('utf8')).toBe(`<!doctype html><html><head>${TAG}</head><body>first last`);
  });

  it('is as long as it likes', async () => {
    const rest = '<p>Löwe <b>bold</b></p>'.repeat(400_000);
    const text = await pages.textOf(`<html><head></head><body>${rest}`);
    expect(text === `<html><head>${TAG}</head><body>${rest}`, 'the same bytes').toBe(true);
  });

  it('has a head without end: it gets the tag and is not held back for the rest', async () => {
    const style = `<style>${'a{}'.repeat(40_000)}</style>`;
    expect(
      (await pages.textOf(`<html><head>${style}<title>t`)) === `<html><head>${TAG}${style}<title>t`,
    ).toBe(true);
  });

  it('may speak of the end of a head as often as it likes', async () => {
    const script = `<script>"${'</head><body>'.repeat(3_000)}"</script>`;
    const own = '<script src="/_weighbridge/client.js"></script>';
    const text = await pages.textOf(`<html><head>${script}</head>`);
    expect(text === `<html><head>${TAG}${script}</head>`, 'the same bytes').toBe(true);
    const twice = `<html><head>${script}${own}</head>`;
    expect((await pages.textOf(twice)) === twice, 'left alone').toBe(true);
  });

  it('ends at the origin when its caller has left', async () => {
    let isOver = false;
    pages.zone.pages.set('/pages/one', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.write('<html><head></head><body>');
      const more = setInterval(() => response.write('more '), 5);
      response.on('close', () => {
        clearInterval(more);
        isOver = true;
      });
    });
    const wire = await openWire(pages.zone.url);
    wire.send(requestBytes('GET /pages/one', {}));
    await wire.sees('some of it', (text) => text.includes('more more'));
    wire.leave('RST');
    await poll('the origin to hear of it', () => isOver);
  });

  it('breaks off where the origin breaks off', async () => {
    for (const sent of ['<html><head></head><body>half', '<html><he']) {
      pages.zone.pages.set('/pages/one', (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Length': 9_999 });
        response.write(sent, () => response.destroy());
      });
      await expect(pages.ask('/pages/one'), sent).rejects.toThrow();
    }
  });
});

describe('an encoded page', () => {
  it.each([
    ['gzip', gzipSync(PAGE)],
    ['br', brotliCompressSync(PAGE)],
  ])('in %s is taken apart and gets the tag', async (encoding, body) => {
    const { bytes, headers } = await pages.page(body, {
      headers: { 'Content-Encoding': encoding, ETag: '"v1"', Vary: 'Accept-Encoding' },
    });
    expect(bytes.toString('utf8')).toBe(TAGGED);
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).toMatchObject({ vary: 'Accept-Encoding', etag: 'W/"v1"' });
  });

  it('in an encoding nobody here reads is left alone, and the log says so', async () => {
    const body = deflateSync(PAGE);
    const { bytes, headers } = await pages.page(body, {
      headers: { 'Content-Encoding': 'deflate' },
    });
    expect(bytes.equals(body)).toBe(true);
    expect(headers['content-encoding']).toBe('deflate');
    expect(pages.reasons()).toContain('content-encoding');
  });
});
