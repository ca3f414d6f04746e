// The gateway of the example's policy, with what it sends kept between it and the server; and what
// a thief makes of a request that was sent. Signatures are made here by Node's own crypto, from the
// page, and share no code with the gateway or the lock.

import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { expect } from 'vitest';
import example from '../../examples/origin-lock/policy.ts';
import { policyFiles } from './identity-policy.ts';
import { identitiesOf, type IdentityProvider, makeIdentityProvider } from './identity-provider.ts';
import { type Answered, type Between, type Sent, sendTo, startBetween } from './locked-servers.ts';
import base from './policy.ts';
import { startStack, type TestStack } from './stack.ts';

export const LOCK_SECRET = Buffer.alloc(32, 9).toString('base64url');
export const OTHER_SECRET = Buffer.alloc(32, 10).toString('base64url');
export const HELLO = '/api/hello';
export const HELLO_BODY = '{"text":"hello"}';

export type LockStack = {
  readonly stack: TestStack;
  readonly between: Between;
  readonly idp: IdentityProvider;
  /** A call with an API key, with a target and headers that fetch would not send. */
  post(target: string, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** What the gateway sent to the server, which has not heard of it. */
  kept(target?: string): Promise<Sent>;
  close(): Promise<void>;
};

export async function startLockStack(): Promise<LockStack> {
  const files = await policyFiles();
  const between = await startBetween();
  const idp = makeIdentityProvider();
  const hello = example.routes.filter(({ id }) => id === 'hello');
  const identities = identitiesOf([{ idp, algorithm: 'ES256' }], {
    requireDpop: false,
    planClaim: 'tier',
    plans: { gold: 'pro' },
  });
  const stack = await startStack({
    policyFile: await files.write('locked', identities, {
      origins: example.origins,
      plans: [{ id: 'pro', isPaid: true }],
      routes: [...base.routes, ...hello],
    }),
    bindings: { APP_BASE_URL: between.url, APP_GRANT_SECRET: LOCK_SECRET },
  });
  const { key } = await stack.makeKey();
  const post: LockStack['post'] = (target, headers = {}) =>
    sendTo(stack.gatewayUrl, {
      method: 'POST',
      target,
      headers: Object.entries({
        Authorization: `Bearer ${key}`,
        'Content-Type': 'application/json',
        ...headers,
      }).flat(),
      body: Buffer.from(HELLO_BODY),
    });
  return {
    stack,
    between,
    idp,
    post,
    async kept(target = HELLO) {
      between.kept.length = 0;
      between.to = null;
      expect((await post(target)).status).toBe(200);
      const [sent] = between.kept;
      if (sent === undefined) throw new Error('nothing was sent');
      return sent;
    },
    async close() {
      await stack.close();
      await between.close();
      await files.remove();
    },
  };
}

export const valueOf = (sent: Sent, name: string): string => {
  const at = sent.headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name);
  return at < 0 ? '' : (sent.headers[at + 1] ?? '');
};

export const withHeader = (sent: Sent, name: string, value: string | null): Sent => ({
  ...sent,
  headers: [
    ...sent.headers.flatMap((one, at) =>
      at % 2 === 1 || one.toLowerCase() === name.toLowerCase()
        ? []
        : [one, sent.headers[at + 1] ?? ''],
    ),
    ...(value === null ? [] : [name, value]),
  ],
});

export const beside = (sent: Sent, name: string, value: string): Sent => ({
  ...sent,
  headers: [...sent.headers, name, value],
});

export const changedInput = (sent: Sent, pattern: RegExp, by: string): Sent =>
  withHeader(sent, 'Signature-Input', valueOf(sent, 'signature-input').replace(pattern, by));

/** The same request signed by whoever has this secret, who may say what it covers. */
export function signedAnew(
  sent: Sent,
  secret: string,
  terms: (input: string) => string = (t) => t,
): Sent {
  const input = terms(valueOf(sent, 'signature-input').replace(/^weighbridge=/, ''));
  const [path = '', query = ''] = sent.target.split(/(?=\?)/);
  const derived = new Map([
    ['@method', sent.method],
    ['@path', path],
    ['@query', query === '' ? '?' : query],
  ]);
  const names = [...(/\(([^)]*)\)/.exec(input)?.[1] ?? '').matchAll(/"([^"]*)"/g)].map(
    (one) => one[1] ?? '',
  );
  const lines = names.map((name) => `"${name}": ${derived.get(name) ?? valueOf(sent, name)}`);
  const lockKey = hkdfSync(
    'sha256',
    Buffer.from(secret, 'base64url'),
    '',
    'weighbridge 1 origin-lock',
    32,
  );
  const tag = createHmac('sha256', Buffer.from(lockKey))
    .update([...lines, `"@signature-params": ${input}`].join('\n'))
    .digest('base64');
  const named = withHeader(sent, 'Signature-Input', `weighbridge=${input}`);
  return withHeader(named, 'Signature', `weighbridge=:${tag}:`);
}

export const digestOf = (body: string): string =>
  `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
