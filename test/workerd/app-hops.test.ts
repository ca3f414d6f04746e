// When a call reaches for a shelf of conversations: on an app's own route, once it is proven and
// paid for, and never before. If this fails, strangers wear out the objects that keep everybody's
// words, or a shelf that is away costs people their money.

import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { codeOf, type Gateway, policyWith, SECRETS, startGateway } from './gateway-harness.ts';
import type { ShelfPort } from '../../core/app/shelf.ts';
import source, { SUPPORT } from '../support/app-policy.ts';

type Word = 'answers' | 'throws' | 'hangs';

const touched: string[] = [];
let word: Word = 'answers';
let gateway: Gateway;
let key = '';
let principal = '';

const says = async <Value>(method: string, work: () => Promise<Value>): Promise<Value> => {
  touched.push(method);
  if (word === 'hangs') await new Promise(() => undefined);
  if (word === 'throws') throw new Error('away');
  return work();
};

/** A shelf that a test can take away. */
const space = {
  getByName(name: string): ShelfPort {
    const real = (): ShelfPort => env.CONVERSATION_SHELF.getByName(name);
    return {
      read: (which) => says('read', () => real().read(which)),
      keep: (message) => says('keep', () => real().keep(message)),
      forget: (owner) => says('forget', () => real().forget(owner)),
    };
  },
};

const admin = { Authorization: `Bearer ${SECRETS.WEIGHBRIDGE_ADMIN_TOKEN}` };

beforeAll(async () => {
  gateway = startGateway({
    policy: policyWith(source),
    objects: () => ({ CONVERSATION_SHELF: space }),
  });
  const made = await gateway.send({
    path: '/_weighbridge/admin/keys',
    headers: admin,
    body: '{"name":"hops"}',
  });
  ({ key, principal } = (await made.json()) as { key: string; principal: string });
});

beforeEach(() => {
  word = 'answers';
  touched.length = 0;
});

const talk = (body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  gateway.send({
    path: SUPPORT,
    headers: { Authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });

const idOf = ({ headers }: Response): string => headers.get('Weighbridge-Conversation') ?? '';

const money = async (): Promise<{ used: number; held: number }> => {
  const path = `/_weighbridge/admin/principals/${encodeURIComponent(principal)}`;
  const view = await gateway.send({ path, method: 'GET', headers: admin });
  const { counters } = (await view.json()) as {
    counters: { name: string; used: number; held: number }[];
  };
  const { used = NaN, held = NaN } = counters.find(({ name }) => name === 'nanoUsd-day') ?? {};
  return { used, held };
};

it('keeps when the first answer ends, and reads before the next goes up', async () => {
  const first = await talk({ message: 'Hello' });
  expect([await codeOf(first), touched]).toEqual(['ok', ['keep']]);
  touched.length = 0;
  const next = await talk({ message: 'And?', conversationId: idOf(first) });
  expect([await codeOf(next), touched]).toEqual(['ok', ['read', 'keep']]);
  expect(JSON.parse(gateway.forwarded.at(-1) ?? '')).toMatchObject({
    messages: [{ role: 'system' }, { content: 'Hello' }, { content: 'yes' }, { content: 'And?' }],
  });
});

it('is not touched by calls of other routes', async () => {
  const headers = { Authorization: `Bearer ${key}` };
  expect(await codeOf(await gateway.send({ path: '/v1/chat/completions', headers }))).toBe('ok');
  expect(touched).toEqual([]);
});

it.each<[string, object, Readonly<Record<string, string>>, string]>([
  ['without a proof', {}, { Authorization: '' }, 'proof_required'],
  ['with a forged key', {}, { Authorization: 'Bearer wb_forged' }, 'api_key_invalid'],
  ['with a field too many', { model: 'gpt-5' }, {}, 'field_unknown'],
  ['with no id', { conversationId: 'x' }, {}, 'shape_refused'],
])('is not touched by a call %s', async (_, more, headers, code) => {
  const body = { message: 'Hello', conversationId: 'A'.repeat(22), ...more };
  expect(await codeOf(await talk(body, headers))).toBe(code);
  expect(touched).toEqual([]);
});

it('is not touched by a caller without a budget', async () => {
  const set = await gateway.send({
    path: `/_weighbridge/admin/principals/${encodeURIComponent(principal)}/budgets`,
    method: 'PUT',
    headers: admin,
    body: '{"window":"day","unit":"nanoUsd","cap":1}',
  });
  expect(set.status).toBe(200);
  const body = { message: 'Hello', conversationId: 'A'.repeat(22) };
  expect(await codeOf(await talk(body))).toBe('over_budget');
  expect(touched).toEqual([]);
  await gateway.send({
    path: `/_weighbridge/admin/principals/${encodeURIComponent(principal)}/budgets`,
    method: 'DELETE',
    headers: admin,
    body: '{"window":"day","unit":"nanoUsd"}',
  });
});

it.each<Word>(['throws', 'hangs'])(
  'that %s ends the call: nothing goes up, nothing is owed',
  async (how) => {
    const first = await talk({ message: 'Hello' });
    const before = await money();
    const sent = gateway.forwarded.length;
    word = how;
    const answer = await talk({ message: 'And?', conversationId: idOf(first) });
    expect(await codeOf(answer)).toBe('ledger_unreachable');
    expect(answer.headers.get('Retry-After')).not.toBeNull();
    expect(gateway.forwarded).toHaveLength(sent);
    expect(await money()).toEqual(before);
  },
);

it('that takes nothing in loses the turn and no money, and the answer is the caller’s', async () => {
  const first = await talk({ message: 'Hello' });
  word = 'throws';
  const lost = await talk({ message: 'A new one' });
  expect(await codeOf(lost)).toBe('ok');
  word = 'answers';
  const next = await talk({ message: 'And?', conversationId: idOf(lost) });
  expect(await codeOf(next)).toBe('conversation_not_continued');
  const other = await talk({ message: 'And?', conversationId: idOf(first) });
  expect(await codeOf(other)).toBe('ok');
  expect(await money()).toMatchObject({ held: 0 });
});
