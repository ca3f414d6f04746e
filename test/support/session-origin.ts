// A server of an app that knows its own sessions, for tests: it answers the gateway's question
// from a table, keeps what it was asked, and may be told to misbehave. With a secret it answers
// nobody whom the origin lock does not let through.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Lock, makeLock } from '../../examples/origin-lock/lock.ts';

export type Question = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type SessionOrigin = {
  readonly url: string;
  /** By the value of the cookie; who is not in here is signed out. */
  readonly sessions: Map<string, object>;
  readonly asked: Question[];
  /** In place of the table. */
  misbehave: ((response: ServerResponse) => void) | null;
  close(): Promise<void>;
};

const isOurs = async (lock: Lock, { method, url, headers, body }: Question): Promise<boolean> =>
  (await lock({
    method,
    target: url,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    readBody: () => Promise.resolve(new Uint8Array(Buffer.from(body))),
  })) !== null;

export async function startSessionOrigin(secret?: string): Promise<SessionOrigin> {
  const lock = secret === undefined ? null : makeLock({ secret, origin: 'accounts' });
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    const answer = async (question: Question): Promise<void> => {
      if (origin.misbehave !== null) return origin.misbehave(response);
      if (lock !== null && !(await isOurs(lock, question))) {
        return void response.writeHead(403).end();
      }
      const { cookie } = JSON.parse(question.body) as { cookie: string };
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(origin.sessions.get(cookie) ?? { active: false }));
    };
    request.on('end', () => {
      const question = { method, url, headers, body };
      origin.asked.push(question);
      void answer(question);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin: SessionOrigin = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    sessions: new Map(),
    asked: [],
    misbehave: null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return origin;
}
