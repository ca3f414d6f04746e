// Callers of every kind, from a loopback address of their choosing: a server with an API key, or a
// device that proves its call. Each call has a connection of its own.

import { poll } from './poll.ts';
import { shardOf } from '../../core/address.ts';
import { askChallenge, type Device, makeDevice, prove } from './anonymous.ts';
import { CHAT, chatBody } from './chat.ts';
import type { Heard } from './problem.ts';
import { openWire, requestBytes, type Wire } from './wire.ts';

export type Caller = {
  readonly from?: string;
  /** With a key no proof is shown. */
  readonly key?: string;
  readonly device?: Device;
  /** The route's path; the one straight to the provider unless said. */
  readonly path?: string;
  /** Members of the body. */
  readonly body?: Readonly<Record<string, unknown>>;
};

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Sends the call and leaves the connection open. */
export async function beginCall(gatewayUrl: string, caller: Caller): Promise<Wire> {
  const { from = '127.0.0.1', key, device, path = CHAT } = caller;
  const body = chatBody(caller.body);
  let headers: Record<string, string> = { ...JSON_TYPE, Authorization: `Bearer ${key ?? ''}` };
  if (key === undefined) {
    if (device === undefined) throw new Error('a caller needs a key or a device');
    const model = typeof caller.body?.['model'] === 'string' ? { model: caller.body['model'] } : {};
    const challenge = await askChallenge(gatewayUrl, { path, jkt: device.jkt, ...model });
    headers = await prove(challenge, body, device);
  }
  const wire = await openWire(gatewayUrl, { from });
  wire.send(requestBytes(`POST ${path}`, headers, body));
  return wire;
}

/** A call and its whole answer. */
export const call = async (gatewayUrl: string, caller: Caller): Promise<Heard> =>
  (await beginCall(gatewayUrl, caller)).answer(20_000);

export const statusOf = async (gatewayUrl: string, caller: Caller): Promise<number> =>
  (await call(gatewayUrl, caller)).status;

/** A call that has to be served, for what comes before a test. */
export async function served(gatewayUrl: string, caller: Caller): Promise<Heard> {
  const answer = await call(gatewayUrl, caller);
  if (answer.status !== 200) throw new Error(answer.body.toString());
  return answer;
}

/** A shard that had nothing of a shared budget a moment ago does not ask its root again at once. */
export const servedSoon = (gatewayUrl: string, caller: Caller): Promise<true> =>
  poll('it is served', async () => (await statusOf(gatewayUrl, caller)) === 200);

/** A device whose ledger is another one than that of this address, among so many. */
export async function deviceAwayFrom(ip: string, shards: number): Promise<Device> {
  for (;;) {
    const device = await makeDevice();
    if (shardOf(`device:${device.jkt}`, shards) !== shardOf(`ip:${ip}`, shards)) return device;
  }
}
