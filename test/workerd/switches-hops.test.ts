// What switches cost a call: nothing. The Worker asks no object that it did not ask before, whether
// nothing is off or a thousand things are. If this fails, every call waits for one object, and that
// object is the service.

import { env } from 'cloudflare:workers';
import { beforeAll, expect, it, vi } from 'vitest';
import { counted } from '../../bench/counting/counted.ts';
import { Control } from '../../durable-objects/control.ts';
import { lift, port, put, switchOn } from './control-harness.ts';
import { codeOf, type Gateway, SECRETS, startGateway } from './gateway-harness.ts';

const IPS = ['203.0.113.7', '198.51.100.9'] as const;
let controlCalls = 0;
let gateway: Gateway;
let key = '';

beforeAll(async () => {
  const control = counted(env.CONTROL as unknown as { getByName(name: string): object }, () => {
    controlCalls += 1;
  });
  gateway = startGateway({ objects: () => ({ CONTROL: control }) });
  const made = await gateway.send({
    path: '/_weighbridge/admin/keys',
    headers: { Authorization: `Bearer ${SECRETS.WEIGHBRIDGE_ADMIN_TOKEN}` },
    body: '{"name":"counted"}',
  });
  ({ key } = (await made.json()) as { key: string });
});

/** Calls to ledgers and to `Control` that one call makes, its settlement among them. */
async function costOf(ip: string): Promise<readonly [string, number, number]> {
  const before = { ...gateway.counts, controlCalls };
  const answer = await gateway.send({
    path: '/v1/chat/completions',
    headers: { Authorization: `Bearer ${key}` },
    ip,
  });
  return [
    await codeOf(answer),
    gateway.counts.objectCalls - before.objectCalls,
    controlCalls - before.controlCalls,
  ];
}

it('is two objects to begin and two to settle, and Control in no case', async () => {
  const layout = gateway.deps.ledgers.layout;
  for (const ip of IPS) expect(await costOf(ip)).toEqual(['ok', 4, 0]);
  for (let at = 0; at < 20; at += 1) await port().putSwitch(layout, switchOn(`user:${String(at)}`));
  for (const ip of IPS) expect(await costOf(ip)).toEqual(['ok', 4, 0]);
  await put(`ip:${IPS[0]}`, {}, layout);
  // What the key's ledger held is given back; the shard holds nothing.
  expect(await costOf(IPS[0])).toEqual(['switched_off', 3, 0]);
  expect(await costOf(IPS[1])).toEqual(['ok', 4, 0]);
  await lift(`ip:${IPS[0]}`, layout);
  expect(await costOf(IPS[0])).toEqual(['ok', 4, 0]);
});

it('is the same while Control does not answer at all', async () => {
  const hangs = (): Promise<never> => new Promise(() => undefined);
  const pull = vi.spyOn(Control.prototype, 'pull').mockImplementation(hangs);
  const startedAtMs = performance.now();
  for (const ip of IPS) expect(await costOf(ip)).toEqual(['ok', 4, 0]);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  pull.mockRestore();
});
