// Every kind of answer that the gateway gives, each asked for by a page of some origin.

import { askChallenge, makeDevice, prove } from './anonymous.ts';
import { CHAT, chatBody, postChat } from './chat.ts';
import type { TestStack } from './stack.ts';

export type Asker = { readonly stack: TestStack; readonly key: string; readonly principal: string };

export type Answer = {
  readonly name: string;
  readonly status: number;
  readonly ask: (asker: Asker, origin: string) => Promise<Response>;
};

const JSON_TYPE = { 'Content-Type': 'application/json' };

const withKey =
  (body = chatBody()): Answer['ask'] =>
  ({ stack, key }, origin) =>
    postChat(stack, key, body, { Origin: origin });

/** Without a key; the usual body unless said. */
const bare =
  (path: string, init: RequestInit = {}): Answer['ask'] =>
  ({ stack }, origin) =>
    fetch(`${stack.gatewayUrl}${path}`, {
      method: 'POST',
      body: chatBody(),
      ...init,
      headers: { ...JSON_TYPE, Origin: origin },
    });

const capped =
  (window: string, unit: string): Answer['ask'] =>
  async (asker, origin) => {
    await asker.stack.setCap(asker.principal, window, unit, 0);
    return withKey()(asker, origin);
  };

const failing =
  (fault: string): Answer['ask'] =>
  async (asker, origin) => {
    await asker.stack.script({ fault });
    return withKey()(asker, origin);
  };

const CHALLENGE = '/.well-known/inference-proof/challenge';

export const ANSWERS: readonly Answer[] = [
  { name: 'an answer', status: 200, ask: withKey() },
  { name: 'a stream', status: 200, ask: withKey(chatBody({ stream: true })) },
  {
    name: 'a challenge',
    status: 200,
    ask: bare(CHALLENGE, { body: JSON.stringify({ method: 'POST', path: CHAT }) }),
  },
  { name: 'a bad body', status: 400, ask: withKey('hello') },
  { name: 'a strange spelling', status: 400, ask: bare(CHAT.replace('/v1', '/V1')) },
  { name: 'a bad question for a challenge', status: 400, ask: bare(CHALLENGE, { body: '{' }) },
  { name: 'no proof', status: 401, ask: bare(CHAT) },
  { name: 'no operator', status: 401, ask: bare('/_weighbridge/admin/keys') },
  { name: 'no grant', status: 401, ask: bare('/_weighbridge/usage') },
  { name: 'no step', status: 401, ask: bare('/_weighbridge/provider/openai/v1/chat/completions') },
  { name: 'no budget', status: 402, ask: capped('day', 'nanoUsd') },
  {
    name: 'a spent proof',
    status: 403,
    ask: async ({ stack }, origin) => {
      const device = await makeDevice();
      const wire = await askChallenge(stack.gatewayUrl, { path: CHAT, jkt: device.jkt });
      const headers = await prove(wire, chatBody(), device);
      const post = (more: Readonly<Record<string, string>> = {}): Promise<Response> =>
        fetch(`${stack.gatewayUrl}${CHAT}`, {
          method: 'POST',
          headers: { ...headers, ...more },
          body: chatBody(),
        });
      await (await post()).text();
      return post({ Origin: origin });
    },
  },
  { name: 'no such path', status: 404, ask: bare('/nowhere') },
  { name: 'another method', status: 405, ask: bare(CHAT, { method: 'PUT' }) },
  { name: 'a body too large', status: 413, ask: withKey(chatBody({ user: 'x'.repeat(2 ** 20) })) },
  { name: 'no place', status: 429, ask: capped('now', 'concurrentCalls') },
  { name: 'a fault of the provider', status: 500, ask: failing('500') },
  { name: 'no provider', status: 502, ask: failing('refuse') },
  { name: 'a provider without a key', status: 503, ask: bare('/v1/messages') },
];
