// Where an identity provider of a test publishes its keys: a server on this machine that counts who
// asks and answers what the test says.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type KeyServer = {
  readonly url: string;
  /** How often it was asked. */
  asked: number;
  answer: (response: ServerResponse) => void;
  /** Answers with these keys from now on. */
  publish(...keys: readonly object[]): void;
  close(): Promise<void>;
};

export async function startKeyServer(): Promise<KeyServer> {
  const server = createServer((_request, response) => {
    keyServer.asked += 1;
    keyServer.answer(response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const keyServer: KeyServer = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks`,
    asked: 0,
    answer: (response) => void response.writeHead(503).end(),
    publish(...keys) {
      const json = JSON.stringify({ keys });
      keyServer.answer = (response) => {
        response.writeHead(200, { 'Content-Type': 'application/jwk-set+json' }).end(json);
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return keyServer;
}
