// `npm run bench`: what a call through the gateway costs against a bare proxy, as ratios in one
// run. Plain workerd for both, the emulator for both, rounds in alternating order with a fresh
// process each, medians with the raw values beside them. `--smoke` is the size that runs inside `npm test`.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { JSON_SCRIPT, type Provider, startProvider, STREAM_SCRIPT } from './provider.ts';
import { newKey, provenRequest, startFloor, startGateway } from './gateway.ts';
import { load, median, requestBytes } from './load.ts';

const HELP = 'Usage: npm run bench -- [--json] [--smoke] [--rounds N] [--only disk|tmpfs]\n';

const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [
    { role: 'system', content: 'You weigh trucks. Answer in one sentence.' },
    {
      role: 'user',
      content: 'How much does the blue one weigh, and does it have a sparrow on it?',
    },
  ],
  max_completion_tokens: 200,
});
const STREAM_BODY = BODY.replace('{', '{"stream":true,"stream_options":{"include_usage":true},');

type Size = {
  readonly warmup: number;
  readonly single: number;
  readonly many: number;
  readonly streams: number;
  readonly history: number;
};
const FULL: Size = { warmup: 600, single: 1_500, many: 6_000, streams: 150, history: 100_000 };
const SMOKE: Size = { warmup: 20, single: 60, many: 200, streams: 20, history: 500 };

type Round = {
  readonly jsonP50Ms: number;
  readonly jsonPerSecond: number;
  readonly firstChunkP50Ms: number;
  readonly streamP50Ms: number;
};

type Subject = {
  readonly port: number;
  /** `count` requests with this body, each with whatever it needs. */
  prepare(body: string, count: number): Buffer[];
};

const feed = (requests: readonly Buffer[]): (() => Buffer | null) => {
  let at = 0;
  return () => requests[at++] ?? null;
};

async function drive(subject: Subject, body: string, count: number, connections: number) {
  const result = await load(subject.port, connections, feed(subject.prepare(body, count)));
  const refused = [...result.statuses].filter(([status]) => status !== 200);
  if (refused.length > 0) throw new Error(`not all answers were 200: ${JSON.stringify(refused)}`);
  return result;
}

async function measure(subject: Subject, provider: Provider, size: Size): Promise<Round> {
  await provider.script(STREAM_SCRIPT);
  await drive(subject, STREAM_BODY, Math.ceil(size.warmup / 10), 2);
  const streams = await drive(subject, STREAM_BODY, size.streams, 1);
  await provider.script(JSON_SCRIPT);
  await drive(subject, BODY, size.warmup, 4);
  const single = await drive(subject, BODY, size.single, 1);
  const many = await drive(subject, BODY, size.many, 16);
  return {
    jsonP50Ms: median(single.samples.map((sample) => sample.totalMs)),
    jsonPerSecond: many.samples.length / (many.elapsedMs / 1_000),
    firstChunkP50Ms: median(streams.samples.map((sample) => sample.firstByteMs)),
    streamP50Ms: median(streams.samples.map((sample) => sample.totalMs)),
  };
}

/** p50 of a principal with `size.history` settled calls behind it against one with none. */
async function measureHistory(port: number, size: Size): Promise<number[]> {
  const subjectOf = (key: { id: string; key: string }): Subject => ({
    port,
    prepare: (body, count) => Array.from({ length: count }, () => provenRequest(key, body)),
  });
  const old = subjectOf(await newKey(port));
  for (let done = 0; done < size.history; done += 5_000) {
    const count = Math.min(5_000, size.history - done);
    await drive(old, BODY, count, 32);
    process.stderr.write(`\r  history: ${String(done + count)} of ${String(size.history)} calls`);
  }
  process.stderr.write('\n');
  const ratios: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const fresh = subjectOf(await newKey(port));
    await drive(fresh, BODY, 50, 1);
    const first = await drive(round % 2 === 0 ? old : fresh, BODY, size.single, 1);
    const second = await drive(round % 2 === 0 ? fresh : old, BODY, size.single, 1);
    const p50 = (result: typeof first): number =>
      median(result.samples.map((sample) => sample.totalMs));
    ratios.push(round % 2 === 0 ? p50(first) / p50(second) : p50(second) / p50(first));
  }
  return ratios;
}

type Row = { readonly name: string; readonly goal: string; readonly values: readonly number[] };

type Pair = { readonly floor: Round; readonly gateway: Round };

async function floorRound(provider: Provider, folder: string, size: Size): Promise<Round> {
  const floor = await startFloor(provider.url, folder);
  const prepare = (body: string, count: number): Buffer[] =>
    Array.from({ length: count }, () => requestBytes('/v1/chat/completions', {}, body));
  const round = await measure({ port: floor.port, prepare }, provider, size);
  await floor.stop();
  return round;
}

async function gatewayRound(provider: Provider, folder: string, size: Size): Promise<Round> {
  const gateway = await startGateway(provider.url, folder);
  const key = await newKey(gateway.port);
  const prepare = (body: string, count: number): Buffer[] =>
    Array.from({ length: count }, () => provenRequest(key, body));
  const round = await measure({ port: gateway.port, prepare }, provider, size);
  await gateway.stop();
  return round;
}

/** Both, in turns: the one that went first goes second in the next round. */
async function pairs(provider: Provider, folder: string, rounds: number, size: Size) {
  const measured: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`  round ${String(round + 1)} of ${String(rounds)}\n`);
    if (round % 2 === 0) {
      const floor = await floorRound(provider, folder, size);
      measured.push({ floor, gateway: await gatewayRound(provider, folder, size) });
    } else {
      const gateway = await gatewayRound(provider, folder, size);
      measured.push({ floor: await floorRound(provider, folder, size), gateway });
    }
  }
  return measured;
}

function rowsOf(where: string, measured: readonly Pair[]): Row[] {
  const row = (name: string, goal: string, value: (pair: Pair) => number): Row => ({
    name: `${where}: ${name}`,
    goal,
    values: measured.map(value),
  });
  const ratio =
    (pick: (round: Round) => number) =>
    ({ floor, gateway }: Pair): number =>
      pick(gateway) / pick(floor);
  return [
    row(
      'JSON p50 at 1 connection, × floor',
      '≤ 3',
      ratio((one) => one.jsonP50Ms),
    ),
    row(
      'JSON calls/s at 16 connections, × floor',
      '≥ 0.22',
      ratio((one) => one.jsonPerSecond),
    ),
    row(
      'first chunk added, ms',
      '≤ 1',
      ({ floor, gateway }) => gateway.firstChunkP50Ms - floor.firstChunkP50Ms,
    ),
    row(
      '20-chunk stream p50, × floor',
      '',
      ratio((one) => one.streamP50Ms),
    ),
    row('floor JSON p50, ms', '', ({ floor }) => floor.jsonP50Ms),
    row('gateway JSON p50, ms', '', ({ gateway }) => gateway.jsonP50Ms),
    row('floor JSON calls/s', '', ({ floor }) => floor.jsonPerSecond),
    row('gateway JSON calls/s', '', ({ gateway }) => gateway.jsonPerSecond),
  ];
}

async function bench(where: string, folder: string, rounds: number, size: Size): Promise<Row[]> {
  const provider = await startProvider();
  process.stderr.write(`${where}\n`);
  const rows = rowsOf(where, await pairs(provider, folder, rounds, size));
  if (where === 'tmpfs') {
    const gateway = await startGateway(provider.url, folder);
    rows.push({
      name: `${where}: p50 after ${String(size.history)} calls, × a new principal's`,
      goal: '≤ 1.1',
      values: await measureHistory(gateway.port, size),
    });
    await gateway.stop();
  }
  provider.close();
  return rows;
}

function print(rows: readonly Row[]): void {
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const { name, goal, values } of rows) {
    const raw = values.map((value) => value.toFixed(2)).join(' ');
    process.stdout.write(
      `${name.padEnd(width)}  ${median(values).toFixed(2).padStart(9)}  ${goal.padEnd(7)} [${raw}]\n`,
    );
  }
}

export async function runBench(smoke: boolean, rounds: number, only?: string): Promise<Row[]> {
  const size = smoke ? SMOKE : FULL;
  const rows: Row[] = [];
  for (const [where, base] of [
    ['tmpfs', '/dev/shm'],
    ['disk', tmpdir()],
  ] as const) {
    if (only !== undefined && only !== where) continue;
    const folder = await mkdtemp(join(base, 'weighbridge-bench-'));
    rows.push(...(await bench(where, folder, rounds, size)));
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

if (process.argv[1]?.endsWith('bench/main.ts') === true) {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
  } else {
    // A child that is still alive must not keep a failed run from ending.
    try {
      const rows = await runBench(values.smoke, Number(values.rounds), values.only);
      if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      else print(rows);
      process.exitCode = 0;
    } catch (cause) {
      process.stderr.write(`${String(cause)}\n`);
      process.exitCode = 1;
    }
    process.exit();
  }
}
