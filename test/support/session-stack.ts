// A stack whose users are known by the session cookie of their app, whose server is in the test and
// answers no question that is not signed, and calls of people who are signed in there.

import { prove } from './anonymous.ts';
import { CHAT, chatBody } from './chat.ts';
import { inRoot } from '../../local/paths.ts';
import { APP_SECRET, OWN_SECRET, type OwnOrigin, startOwnOrigin } from './own-origin.ts';
import { type SessionOrigin, startSessionOrigin } from './session-origin.ts';
import { startStack, type TestStack } from './stack.ts';
import { firstChallenge } from './user-stack.ts';

const ACCOUNTS_SECRET = Buffer.alloc(32, 9).toString('base64url');
export const BODY = chatBody({ max_tokens: 16 });

type Sent = Readonly<Record<string, string>>;

export type SessionStack = TestStack & {
  readonly accounts: SessionOrigin;
  readonly own: OwnOrigin;
  /** As a page of the gateway's own host sends it. */
  cookie(value: string): Record<string, string>;
  ask(headers: Sent, path?: string): Promise<Response>;
  /** A whole call: a challenge is asked for, answered, and the body sent. */
  call(headers: Sent, path?: string, body?: string): Promise<Response>;
};

export async function startSessionStack(): Promise<SessionStack> {
  const [accounts, own] = [await startSessionOrigin(ACCOUNTS_SECRET), await startOwnOrigin()];
  const stack = await startStack({
    policyFile: inRoot('test/support/session-policy.ts'),
    bindings: {
      ACCOUNTS_BASE_URL: accounts.url,
      ACCOUNTS_GRANT_SECRET: ACCOUNTS_SECRET,
      OWN_BASE_URL: own.url,
      OWN_GRANT_SECRET: OWN_SECRET,
      APP_GRANT_SECRET: APP_SECRET,
    },
  });
  const ask: SessionStack['ask'] = (headers, path = CHAT) =>
    fetch(`${stack.gatewayUrl}/.well-known/inference-proof/challenge`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ method: 'POST', path }),
    });
  return {
    ...stack,
    accounts,
    own,
    ask,
    cookie: (value) => ({ Cookie: `theme=dark; __Host-sid=${value}`, Origin: stack.gatewayUrl }),
    async call(headers, path = CHAT, body = BODY) {
      const asked = await ask(headers, path);
      if (!asked.ok) return asked;
      const proof = await prove(await firstChallenge(asked), body);
      const sent = { ...proof, ...headers };
      return fetch(`${stack.gatewayUrl}${path}`, { method: 'POST', headers: sent, body });
    },
    async close() {
      await stack.close();
      await accounts.close();
      await own.close();
    },
  };
}
