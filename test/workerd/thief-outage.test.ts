// A thief with a name, on a route that serves known callers on while something is away. What
// breaks if this fails: a made-up token or a flooded ledger passes for an outage, and buys calls
// out of the wallet that is kept for honest callers on the worst day.

import { beforeAll, describe, expect, it } from 'vitest';
import type { PolicySource } from '../../core/policy/schema.ts';
import { prove } from '../support/anonymous.ts';
import policySource from '../support/policy.ts';
import {
  BODY,
  type Gateway,
  policyWith,
  SECRETS,
  type SiteAnswer,
  startGateway,
  wordOf,
} from './gateway-harness.ts';
import { alsoShowing, openSite } from './human-harness.ts';
import { type Callers, challengeAs, makeCallers, makeKey } from './thief-harness.ts';

let callers: Callers;
let alice: { readonly Authorization: string };

beforeAll(async () => {
  callers = await makeCallers();
  alice = { Authorization: `Bearer ${await callers.token('alice')}` };
});

const HUMAN: PolicySource['proof']['human'] = {
  siteKey: '0x4AAA',
  secret: 'TURNSTILE_SECRET',
  hostnames: ['shop.example'],
  every: { usd: '0.002' },
};

const graceful = () =>
  policyWith({
    ...callers.changes,
    routes: policySource.routes.map((route) => ({
      ...route,
      whenLedgerUnreachable: { graceUsdPerHour: '1' },
    })),
    proof: { ...policySource.proof, human: HUMAN, rules: [{ require: ['work', 'human'] }] },
  });

/** Ledgers of keys that go silent at a word, as one does that its own caller overloads. */
function startSilenceable() {
  let isSilent = false;
  const gateway = startGateway({
    policy: graceful(),
    objects: ({ PRINCIPAL_LEDGER }) => ({
      PRINCIPAL_LEDGER: {
        getByName: (name: string) =>
          new Proxy(PRINCIPAL_LEDGER.getByName(name), {
            get: (stub, method) =>
              isSilent && name.startsWith('key:')
                ? () => Promise.reject(new Error('overloaded'))
                : (...args: unknown[]) =>
                    (Reflect.get(stub, method) as (...all: unknown[]) => unknown)(...args),
          }),
      },
    }),
  });
  return {
    gateway,
    silence: (silent: boolean): void => {
      isSilent = silent;
    },
  };
}

const ADMIN = { Authorization: `Bearer ${SECRETS.WEIGHBRIDGE_ADMIN_TOKEN}` };

async function callAs(gateway: Gateway, headers: Record<string, string>, token: string) {
  const wire = await challengeAs(gateway, headers);
  const proof = alsoShowing(await prove(wire, BODY), 'h', token);
  return gateway.send({ headers: { ...proof, ...headers } });
}

const verdict =
  (more: object): SiteAnswer =>
  () =>
    Response.json({ success: false, 'error-codes': [], ...more });

describe('a known caller', () => {
  it('is served on credit while siteverify is away, and gets no pass for it', async () => {
    const gateway = startGateway({ policy: graceful() });
    const response = await callAs(gateway, alice, 'made-up');
    expect(wordOf(response)).toBe('ok');
    expect(response.headers.get('Inference-Proof-Pass')).toBeNull();
  });

  it('is not, where nobody knows it', async () => {
    const gateway = startGateway({ policy: graceful() });
    expect(wordOf(await callAs(gateway, {}, 'made-up'))).toBe('human-unavailable');
    expect(gateway.forwarded).toEqual([]);
  });

  it.each<[string, SiteAnswer]>([
    ['is a 400', () => new Response('', { status: 400 })],
    ['is a 403 with a page', () => new Response('<!doctype html>', { status: 403 })],
    ['is a 413', () => new Response('', { status: 413 })],
    ['is a no without a word', verdict({ 'error-codes': undefined })],
    ['is a no in a hundred words', verdict({ 'error-codes': Array<string>(100).fill('no') })],
    ['is a no in one long word', verdict({ 'error-codes': ['x'.repeat(2_000)] })],
    ['is a no in no words', verdict({ 'error-codes': null })],
    ['has data of any length', verdict({ success: true, cdata: 'x'.repeat(4_000) })],
    ['has an action of any length', verdict({ success: true, action: 'x'.repeat(4_000) })],
    ['has no data', verdict({ success: true, cdata: null, action: null, hostname: null })],
  ])('cannot make an outage of its token, where the answer %s', async (_, answer) => {
    const gateway = startGateway({ policy: graceful() });
    gateway.siteAnswersWith(answer);
    const response = await callAs(gateway, alice, 'made-up');
    expect(wordOf(response)).toBe('invalid-human-token');
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(gateway.forwarded).toEqual([]);
  });

  it('shows a token of its own, and its pass is nobody else’s', async () => {
    const gateway = startGateway({ policy: graceful() });
    const site = openSite(gateway);
    const wire = await challengeAs(gateway, alice);
    const proof = alsoShowing(await prove(wire, BODY), 'h', site.buy(wire));
    const response = await gateway.send({ headers: { ...proof, ...alice } });
    const pass = response.headers.get('Inference-Proof-Pass') ?? '';
    expect(wordOf(response)).toBe('ok');
    const bob = { Authorization: `Bearer ${await callers.token('bob')}` };
    const words: string[] = [];
    for (const headers of [bob, {}, alice]) {
      // Whoever asks with a pass that is not theirs is asked for a human all the same.
      const next = await challengeAs(gateway, headers, { pass });
      const shown = alsoShowing(await prove(next, BODY), 'p', pass);
      words.push(wordOf(await gateway.send({ headers: { ...shown, ...headers } })));
    }
    expect(words).toEqual(['invalid-human-token', 'invalid-human-token', 'ok']);
  });
});

describe('a key whose own ledger has gone silent', () => {
  const path = '/v1/chat/completions';

  it('is served on credit where nothing speaks against it', async () => {
    const { gateway, silence } = startSilenceable();
    const headers = { Authorization: `Bearer ${await makeKey(gateway)}` };
    silence(true);
    expect(wordOf(await gateway.send({ path, headers }))).toBe('ok');
    expect(gateway.forwarded).toHaveLength(1);
  });

  it('is not where its ledger had just revoked it: flooding it buys nothing', async () => {
    const { gateway, silence } = startSilenceable();
    const key = await makeKey(gateway);
    const headers = { Authorization: `Bearer ${key}` };
    const id = /^wb_([^.]+)/.exec(key)?.[1] ?? '';
    const adminPath = `/_weighbridge/admin/keys/${id}`;
    await gateway.send({ path: adminPath, headers: ADMIN, method: 'DELETE', body: '' });
    expect(wordOf(await gateway.send({ path, headers }))).toBe('api-key-invalid');
    silence(true);
    expect(wordOf(await gateway.send({ path, headers }))).toBe('ledger-unreachable');
    expect(gateway.forwarded).toEqual([]);
  });

  it.each([
    ['routes', { routes: ['chat-completions'] }],
    ['routes, and asks for another', { routes: ['app-chat'] }],
    ['budgets', { budgets: [{ window: 'day', usd: '0.01' }] }],
  ])('is not where only that knows its %s', async (_, wish) => {
    const { gateway, silence } = startSilenceable();
    const headers = { Authorization: `Bearer ${await makeKey(gateway, wish)}` };
    silence(true);
    expect(wordOf(await gateway.send({ path, headers }))).toBe('ledger-unreachable');
    expect(gateway.forwarded).toEqual([]);
  });

  it('is not with a secret whose time was over, and is with the one that came after', async () => {
    const { gateway, silence } = startSilenceable();
    const key = await makeKey(gateway);
    const id = /^wb_([^.]+)/.exec(key)?.[1] ?? '';
    const answer = await gateway.send({
      path: `/_weighbridge/admin/keys/${id}/rotate`,
      headers: ADMIN,
      body: '{"graceSeconds":0}',
    });
    const next = ((await answer.json()) as { key: string }).key;
    const send = async (shown: string): Promise<string> =>
      wordOf(await gateway.send({ path, headers: { Authorization: `Bearer ${shown}` } }));
    expect(await send(key)).toBe('api-key-invalid');
    silence(true);
    expect(await send(key)).toBe('ledger-unreachable');
    expect(await send(next)).toBe('ok');
  });

  it('is not where its budget had just been spent, until its ledger says otherwise', async () => {
    const { gateway, silence } = startSilenceable();
    const key = await makeKey(gateway);
    const headers = { Authorization: `Bearer ${key}` };
    const id = /^wb_([^.]+)/.exec(key)?.[1] ?? '';
    const send = async (): Promise<string> => wordOf(await gateway.send({ path, headers }));
    const budgets = `/_weighbridge/admin/principals/key:${id}/budgets`;
    const cap = { window: 'day', unit: 'nanoUsd', cap: 1 };
    const change = (method: string): Promise<Response> =>
      gateway.send({ path: budgets, headers: ADMIN, method, body: JSON.stringify(cap) });
    await change('PUT');
    expect(await send()).toBe('over-budget');
    silence(true);
    expect(await send()).toBe('ledger-unreachable');
    silence(false);
    await change('DELETE');
    expect(await send()).toBe('ok');
    silence(true);
    expect(await send()).toBe('ok');
  });
});
