// A call through the gateway against one through a bare proxy in the same runtime: rounds in
// alternating order, a fresh process for each.

import { startFloor, startGateway } from './gateway.ts';
import { median, requestBytes } from './load.ts';
import { JSON_SCRIPT, type Provider, STREAM_SCRIPT } from './provider.ts';
import type { Goal, Row } from './row.ts';
import { BODY, callsPerSecond, drive, keyHolder, MANY_CONNECTIONS, p50Ms } from './subject.ts';
import { progress, type Size, STREAM_BODY, type Subject } from './subject.ts';

type Round = {
  readonly jsonP50Ms: number;
  readonly jsonPerSecond: number;
  readonly firstChunkP50Ms: number;
  readonly streamP50Ms: number;
};

type Pair = { readonly floor: Round; readonly gateway: Round };

async function measure(subject: Subject, provider: Provider, size: Size): Promise<Round> {
  await provider.script(STREAM_SCRIPT);
  await drive(subject, STREAM_BODY, Math.ceil(size.warmup / 10), 2);
  const streams = await drive(subject, STREAM_BODY, size.streams, 1);
  await provider.script(JSON_SCRIPT);
  await drive(subject, BODY, size.warmup, 4);
  const single = await drive(subject, BODY, size.single, 1);
  const many = await drive(subject, BODY, size.many, MANY_CONNECTIONS);
  return {
    jsonP50Ms: p50Ms(single),
    jsonPerSecond: callsPerSecond(many),
    firstChunkP50Ms: median(streams.samples.map((sample) => sample.firstByteMs)),
    streamP50Ms: p50Ms(streams),
  };
}

async function floorRound(provider: Provider, folder: string, size: Size): Promise<Round> {
  const floor = await startFloor(provider.url, folder);
  try {
    const prepare = (body: string, count: number): Buffer[] =>
      Array.from({ length: count }, () => requestBytes('/v1/chat/completions', {}, body));
    return await measure({ port: floor.port, prepare }, provider, size);
  } finally {
    await floor.stop();
  }
}

async function gatewayRound(provider: Provider, folder: string, size: Size): Promise<Round> {
  const gateway = await startGateway(provider.url, folder);
  try {
    return await measure(await keyHolder(gateway.port), provider, size);
  } finally {
    await gateway.stop();
  }
}

function rowsOf(where: string, pairs: readonly Pair[]): Row[] {
  const row = (name: string, goal: Goal | null, value: (pair: Pair) => number): Row => ({
    name: `${where}: ${name}`,
    goal,
    values: pairs.map(value),
  });
  const ratio =
    (pick: (round: Round) => number) =>
    ({ floor, gateway }: Pair): number =>
      pick(gateway) / pick(floor);
  const jsonP50 = ratio((one) => one.jsonP50Ms);
  const perSecond = ratio((one) => one.jsonPerSecond);
  const stream = ratio((one) => one.streamP50Ms);
  const firstChunk = ({ floor, gateway }: Pair): number =>
    gateway.firstChunkP50Ms - floor.firstChunkP50Ms;
  return [
    row('JSON p50 at 1 connection, × floor', { most: 3 }, jsonP50),
    row('JSON calls/s at 16 connections, × floor', { least: 0.3 }, perSecond),
    row('first chunk added, ms', { most: 1 }, firstChunk),
    row('20-chunk stream p50, × floor', null, stream),
    row('floor JSON p50, ms', null, ({ floor }) => floor.jsonP50Ms),
    row('gateway JSON p50, ms', null, ({ gateway }) => gateway.jsonP50Ms),
    row('floor JSON calls/s', null, ({ floor }) => floor.jsonPerSecond),
    row('gateway JSON calls/s', null, ({ gateway }) => gateway.jsonPerSecond),
  ];
}

/** Both, in turns: the one that went first goes second in the next round. */
export async function againstFloor(
  where: string,
  provider: Provider,
  folder: string,
  rounds: number,
  size: Size,
): Promise<Row[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) {
    progress(`${where}: round ${String(round + 1)} of ${String(rounds)}`);
    if (round % 2 === 0) {
      const floor = await floorRound(provider, folder, size);
      pairs.push({ floor, gateway: await gatewayRound(provider, folder, size) });
    } else {
      const gateway = await gatewayRound(provider, folder, size);
      pairs.push({ floor: await floorRound(provider, folder, size), gateway });
    }
  }
  return rowsOf(where, pairs);
}
