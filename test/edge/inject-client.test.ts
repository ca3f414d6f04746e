// The gateway may write its script tag into the origin's pages, so that the origin needs no change.
// What breaks if this fails: pages come back damaged or with a policy weaker than their own, or
// pages believe that their calls are proven and they are not.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE, type Served, startPages, TAG, TAGGED, type Pages } from '../support/origin-pages.ts';

let pages: Pages;

beforeAll(async () => {
  pages = await startPages();
});

afterAll(() => pages.close());

describe('a page of the origin', () => {
  it('gets the tag as the first thing in its head, and else comes as it was', async () => {
    const { status, headers, bytes } = await pages.page(PAGE, {
      headers: {
        ETag: '"v1"',
        'Set-Cookie': ['a=1', 'b=2'],
        'X-Own': 'yes',
        'Accept-Ranges': 'bytes',
      },
    });
    expect(status).toBe(200);
    expect(bytes.toString('utf8')).toBe(TAGGED);
    expect(headers).toMatchObject({ etag: 'W/"v1"', 'set-cookie': ['a=1', 'b=2'], 'x-own': 'yes' });
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('accept-ranges');
  });

  it.each([
    [
      'without a head',
      '<!doctype html><title>t</title><p>x',
      `<!doctype html>${TAG}<title>t</title><p>x`,
    ],
    ['with a body alone', '<html><body>x</body></html>', `<html>${TAG}<body>x</body></html>`],
    ['that is only a script', '<script>1</script>', `${TAG}<script>1</script>`],
    [
      'with a comment that mentions a head and a tag of ours',
      `<!-- <head> ${TAG} --><html><HEAD\n></HEAD>`,
      `<!-- <head> ${TAG} --><html><HEAD\n>${TAG}</HEAD>`,
    ],
    [
      'with a head in the text of a script',
      '<html><script>"<head></head><body>"</script><head><title>t</title>',
      `<html>${TAG}<script>"<head></head><body>"</script><head><title>t</title>`,
    ],
    ['that breaks off in a tag', '<html><head><met', `<html><head>${TAG}<met`],
  ])('%s gets it before anything that could call', async (_what, given, expected) => {
    expect(await pages.textOf(given)).toBe(expected);
  });

  it('has other bytes than ASCII, in whatever charset, and keeps them', async () => {
    const body = Buffer.from('<html><head><title>L\u00f6we \u00ff\u0080</title></head>', 'latin1');
    const { bytes } = await pages.page(body, { type: 'TEXT/HTML;charset=iso-8859-1' });
    expect(bytes.toString('latin1')).toBe(
      body.toString('latin1').replace('<head>', `<head>${TAG}`),
    );
  });

  it('in an answer that is not 200 gets it as well', async () => {
    const { status, bytes } = await pages.page(PAGE, { status: 404 });
    expect([status, bytes.toString('utf8')]).toEqual([404, TAGGED]);
  });

  it('is the same byte for byte wherever the origin cuts it', async () => {
    const bytes = Buffer.from(PAGE);
    for (const at of [1, 5, 17, 20, 33, 40, 46, 53, 60, 70, 110]) {
      pages.zone.pages.set('/pages/one', (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html' });
        response.write(bytes.subarray(0, at), () => {
          setImmediate(() => response.end(bytes.subarray(at)));
        });
      });
      expect((await pages.ask('/pages/one')).bytes.toString('utf8'), String(at)).toBe(TAGGED);
    }
  });

  it('is not tagged twice: one that has a tag of ours anywhere in its head stays whole', async () => {
    const own = PAGE.replace(
      '</head>',
      '<script src="/_weighbridge/client.js?v=2"></script></head>',
    );
    const { bytes, headers } = await pages.page(own, { headers: { ETag: '"v1"' } });
    expect(bytes.toString('utf8')).toBe(own);
    expect(headers['etag']).toBe('"v1"');
  });
});

describe('what is no whole page is left alone', () => {
  it.each<[string, string, Served]>([
    ['JSON', '{"html":"<head>"}', { type: 'application/json' }],
    ['a script', '"<html><head>"', { type: 'text/javascript' }],
    ['plain text', PAGE, { type: 'text/plain' }],
    ['a part of a page', PAGE, { status: 206, headers: { 'Content-Range': 'bytes 0-9/99' } }],
    ['a charset in which a tag is no ASCII', PAGE, { type: 'text/html; charset=UTF-16LE' }],
    [
      'a page that says no-transform',
      PAGE,
      { headers: { 'Cache-Control': 'public, no-transform' } },
    ],
    ['nothing but text', 'hello < there', {}],
  ])('%s', async (_what, body, served) => {
    const { bytes, headers } = await pages.page(body, {
      ...served,
      headers: { ETag: '"v1"', ...served.headers },
    });
    expect(bytes.toString('utf8')).toBe(body);
    expect(headers['etag']).toBe('"v1"');
  });

  it('nor are answers without a body, and pages outside the prefixes', async () => {
    pages.serve(PAGE, { headers: { ETag: '"v1"' } });
    const length = String(Buffer.byteLength(PAGE));
    expect((await pages.ask('/pages/one', 'HEAD')).headers).toMatchObject({
      etag: '"v1"',
      'content-length': length,
    });
    pages.serve('', { status: 304, headers: { ETag: '"v1"' } });
    expect(await pages.ask('/pages/one')).toMatchObject({ status: 304, headers: { etag: '"v1"' } });
    pages.zone.pages.set('/pagesque', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE);
    });
    expect((await pages.ask('/pagesque')).bytes.toString('utf8')).toBe(PAGE);
  });
});

describe("a page's own policy", () => {
  const withPolicy = (policy: string | string[]) =>
    pages.page(PAGE, { headers: { 'Content-Security-Policy': policy } });

  it('that has a nonce gets the tag with that nonce', async () => {
    const policy = "script-src 'strict-dynamic' 'nonce-r4nd+m/A=='; object-src 'none'";
    const { bytes, headers } = await withPolicy(policy);
    expect(bytes.toString('utf8')).toBe(
      TAGGED.replace('completions">', 'completions" nonce="r4nd+m/A==">'),
    );
    expect(headers['content-security-policy']).toBe(policy);
  });

  it('that forbids the tag is left as it is; there is no tag, and one line in the log', async () => {
    for (const policy of [
      "script-src 'sha256-AAAA' https://cdn.example",
      ["default-src 'self'", "script-src 'none'"],
    ]) {
      const { bytes, headers } = await withPolicy(policy);
      expect(bytes.toString('utf8')).toBe(PAGE);
      expect(headers['content-security-policy']).toBe([policy].flat().join(', '));
    }
    expect(pages.reasons().filter((reason) => reason === 'content-security-policy')).toHaveLength(
      1,
    );
  });
});
