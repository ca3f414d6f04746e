// Pages of a plain origin behind a gateway that writes its script tag into them, and what callers
// get of them.

import { request } from 'node:http';
import { inRoot } from '../../local/paths.ts';
import { startZone, type Zone } from './zone.ts';

export const TAG =
  '<script src="/_weighbridge/client.js" data-protect="/api/chat /v1/chat/completions"></script>';
export const PAGE =
  '<!doctype html>\n<html lang="en"><head ><title>Löwe & Co</title>' +
  '<script>fetch("/api/chat")</script></head><body class=x>\n<p>hello<p>again</body></html>\n';
export const TAGGED = PAGE.replace('<head >', `<head >${TAG}`);

const PATH = '/pages/one';

export type PageAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
};

export type Served = {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
};

export type Pages = {
  readonly zone: Zone;
  ask(path?: string, method?: string): Promise<PageAnswer>;
  /** What the origin answers from now on. */
  serve(body: string | Buffer, served?: Served): void;
  /** Both. */
  page(body: string | Buffer, served?: Served): Promise<PageAnswer>;
  textOf(body: string | Buffer): Promise<string>;
  /** Why pages went without the tag, as the log has it. */
  reasons(): string[];
  close(): Promise<void>;
};

const askFor = (url: string, method: string): Promise<PageAnswer> =>
  new Promise((resolve, reject) => {
    request(url, { method }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, bytes: Buffer.concat(parts) });
      });
    })
      .on('error', reject)
      .end();
  });

export async function startPages(): Promise<Pages> {
  const zone = await startZone({ policyFile: inRoot('test/support/inject-policy.ts') });
  const pages: Pages = {
    zone,
    ask: (path = PATH, method = 'GET') => askFor(`${zone.url}${path}`, method),
    serve(body, { status = 200, type, headers } = {}) {
      zone.pages.set(PATH, (_request, response) => {
        response.writeHead(status, {
          'Content-Type': type ?? 'text/html; charset=utf-8',
          'Content-Length': Buffer.byteLength(body),
          ...headers,
        });
        response.end(status === 304 ? undefined : body);
      });
    },
    page(body, served) {
      pages.serve(body, served);
      return pages.ask();
    },
    textOf: async (body) => (await pages.page(body)).bytes.toString('utf8'),
    reasons: () =>
      zone.log
        .filter((line) => line.includes('"client-not-injected"'))
        .map((line) => (JSON.parse(line) as { reason: string }).reason),
    close: () => zone.close(),
  };
  return pages;
}
