// What the gateway does to a call before any money is held, inside workerd and taken from outside:
// all gates over a chat of 4 KB, a route found among a thousand, such a policy loaded.

import { inRoot } from '../local/paths.ts';
import { newKey, provenRequest, startGateway } from './gateway.ts';
import { median } from './load.ts';
import { passThroughRows } from './pass-through.ts';
import { busiestMsBetween, threadsMs } from './process-cpu.ts';
import type { Provider } from './provider.ts';
import type { Row } from './row.ts';
import { progress, type Size } from './subject.ts';

const GATES_MS_MAX = 0.25;
const MATCH_MICROSECONDS_MAX = 20;
const LOAD_MS_MAX = 50;
const BATCHES = 25;
const WARMING_LOADS = 10;
const BODY_BYTES = 4_096;

const BODY = ((): string => {
  const head = '{"model":"gpt-4o-mini","max_tokens":200,"messages":[{"role":"user","content":"';
  const tail = '"}]}';
  const words = 'How much does the blue lorry weigh with a sparrow on it? '.repeat(100);
  return head + words.slice(0, BODY_BYTES - head.length - tail.length) + tail;
})();

/** Of a policy of many routes: the last ones, none, and what some server may take for one. */
const MATCHED = {
  'the last route': ['/tenant-998/api/chat', '/tenant-999/api/models/gemini-2.5-pro:countTokens'],
  'no route': ['/shop/shoes/brown-leather', '/', '/assets/app.4f0c2d9e.js'],
  'another spelling': [
    '/tenant-998/API/chat',
    '//tenant-998/%61pi/ch%2561t;a=b',
    '/x/%252e%252e/tenant-998/api/chat',
    '/tenant-998/ａpi\\chat%00.html',
    '/tenant-998/api/models/./gemini-2.5-pro:countTokens%20',
    `/${'%2e/'.repeat(100)}tenant-998/api/chat`,
  ],
} as const;

type Ask = (what: string, times: number) => Promise<string>;

/** Asks for something `times` over; milliseconds. */
const timed = async (ask: Ask, what: string, times: number): Promise<number> => {
  const startedAt = performance.now();
  await ask(what, times);
  return performance.now() - startedAt;
};

/** Milliseconds of one `what` beside one `bare`: medians of batches in turns. */
async function eachMs(ask: Ask, what: string, bare: string | null, times: number): Promise<number> {
  const batches: number[] = [];
  const others: number[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    batches.push(await timed(ask, what, times));
    others.push(await timed(ask, bare ?? what, bare === null ? 0 : times));
  }
  return (median(batches) - median(others)) / times;
}

const asker =
  (port: number, query: string, init: RequestInit = {}): Ask =>
  async (what, times) => {
    const url = `http://127.0.0.1:${String(port)}/_bench/${what}?times=${String(times)}&${query}`;
    const response = await fetch(url, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${what}: ${String(response.status)} ${text}`);
    return text;
  };

const eachRound = async (rounds: number, value: () => Promise<number>): Promise<number[]> => {
  const values: number[] = [];
  // The first one meets code that is still being compiled.
  await value();
  for (let round = 0; round < rounds; round += 1) values.push(await value());
  return values;
};

/** The head of a request as `fetch` takes it. */
const headersOf = (request: Buffer): Record<string, string> =>
  Object.fromEntries(
    request
      .toString('latin1')
      .split('\r\n\r\n', 1)[0]
      ?.split('\r\n')
      .slice(1)
      .map((line) => line.split(/: (.*)/s, 2) as [string, string])
      .filter(([name]) => !/^(?:host|content-length)$/i.test(name)) ?? [],
  );

async function gateRows(port: number, rounds: number, size: Size): Promise<Row[]> {
  const key = await newKey(port);
  const proven = headersOf(provenRequest(key, BODY));
  const { 'Inference-Proof': _proof, ...plain } = proven;
  const ask = (route: string, headers: Record<string, string>): Ask =>
    asker(port, `route=${route}`, { method: 'POST', headers, body: BODY });
  const times = Math.ceil(size.checks / 40);
  const withKey = ask('chat-completions', plain);
  const withProof = ask('app-chat', proven);
  return [
    {
      name: 'gates: a chat of 4 KB with an API key, p50 ms',
      goal: { most: GATES_MS_MAX },
      values: await eachRound(rounds, () => eachMs(withKey, 'gates', 'made', times)),
    },
    {
      name: 'gates: a chat of 4 KB with a proof, without its hashes, p50 ms',
      goal: { most: GATES_MS_MAX },
      values: await eachRound(
        rounds,
        async () =>
          (await eachMs(withProof, 'gates', 'made', times)) -
          (await eachMs(withProof, 'work', null, times)),
      ),
    },
  ];
}

async function matchRows(port: number, rounds: number, size: Size): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, paths] of Object.entries(MATCHED)) {
    const slowest = async (): Promise<number> => {
      const each: number[] = [];
      for (const path of paths) {
        const ask = asker(port, `path=${encodeURIComponent(path)}`);
        each.push(1_000 * (await eachMs(ask, 'match', null, size.checks)));
      }
      return Math.max(...each);
    };
    rows.push({
      name: `gates: ${name} among 1,000, µs, the slowest of ${String(paths.length)}`,
      goal: { most: MATCH_MICROSECONDS_MAX },
      values: await eachRound(rounds, slowest),
    });
  }
  return rows;
}

/** On the thread that does it: a clock on the wall would count what the machine does beside it. */
async function loadsMs({ pid, port }: Running, times: number): Promise<number> {
  const before = await threadsMs(pid);
  await asker(port, '')('load', times);
  return busiestMsBetween(before, await threadsMs(pid));
}

/** In an isolate that has loaded none before, which is what a cold start does; then again. */
async function loadRows(start: () => Promise<Running>, rounds: number): Promise<Row[]> {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const gateway = await start();
    try {
      for (let turn = 0; turn < 5; turn += 1) await loadsMs(gateway, 0);
      const empty = await loadsMs(gateway, 0);
      cold.push((await loadsMs(gateway, 1)) - empty);
      await loadsMs(gateway, WARMING_LOADS);
      warm.push(((await loadsMs(gateway, WARMING_LOADS)) - empty) / WARMING_LOADS);
    } finally {
      await gateway.stop();
    }
  }
  return [
    {
      name: 'gates: a policy of 1,000 routes loaded for the first time, ms',
      goal: { most: LOAD_MS_MAX },
      values: cold,
    },
    { name: 'gates: … by code that is compiled, ms', goal: null, values: warm },
  ];
}

type Running = Awaited<ReturnType<typeof startGateway>>;

export async function gatesRows(
  provider: Provider,
  folder: string,
  rounds: number,
  size: Size,
): Promise<Row[]> {
  progress('gates, routes, a large policy');
  const start = (): Promise<Running> =>
    startGateway(provider.url, folder, { entryFile: inRoot('bench/counting/gates.ts') });
  const gateway = await start();
  try {
    return [
      ...(await gateRows(gateway.port, rounds, size)),
      ...(await matchRows(gateway.port, rounds, size)),
      ...(await loadRows(start, rounds)),
      ...(await passThroughRows(provider.url, folder, rounds, size)),
    ];
  } finally {
    await gateway.stop();
  }
}
