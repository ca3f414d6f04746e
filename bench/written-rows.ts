// Rows written are the bill: how many a reservation and a settlement write in each object, with all
// shared budgets on, and what one key with a single call behind it takes on disk. Calls go one by
// one, each when the one before is settled, so that every message carries one thing.

import { inRoot } from '../local/paths.ts';
import { startGateway } from './gateway.ts';
import { JSON_SCRIPT, type Provider } from './provider.ts';
import type { Row } from './row.ts';
import { BODY, drive, keyHolder, progress, type Size } from './subject.ts';

const SETTLED_MS_MAX = 5_000;

type Counts = {
  readonly counts: Readonly<Record<string, { readonly messages: number; readonly rows: number }>>;
  readonly keyBytes: number;
};

const countsOf = async (port: number): Promise<Counts> => {
  const response = await fetch(`http://127.0.0.1:${String(port)}/_bench/rows`);
  return (await response.json()) as Counts;
};

const settledIn = ({ counts }: Counts): number =>
  Math.min(counts['settle key']?.messages ?? 0, counts['settle shard']?.messages ?? 0);

async function untilSettled(port: number, calls: number): Promise<Counts> {
  const lateAtMs = performance.now() + SETTLED_MS_MAX;
  for (;;) {
    const counts = await countsOf(port);
    if (settledIn(counts) >= calls) return counts;
    if (performance.now() > lateAtMs) throw new Error('a call was not settled in time');
  }
}

export async function writtenRows(provider: Provider, folder: string, size: Size): Promise<Row[]> {
  progress(`rows written by ${String(size.counted)} calls`);
  await provider.script(JSON_SCRIPT);
  const gateway = await startGateway(provider.url, folder, {
    policyFile: inRoot('bench/policy-shared.ts'),
    entryFile: inRoot('bench/counting/worker.ts'),
  });
  try {
    const caller = await keyHolder(gateway.port);
    await drive(caller, BODY, 1, 1);
    const { keyBytes } = await untilSettled(gateway.port, 1);
    for (let calls = 2; calls <= size.counted; calls += 1) {
      await drive(caller, BODY, 1, 1);
      await untilSettled(gateway.port, calls);
    }
    const { counts } = await countsOf(gateway.port);
    const row = (kind: string, object: string): Row => {
      const { rows = Number.NaN, messages = 1 } = counts[`${kind} ${object}`] ?? {};
      const name = `rows written per ${kind}: ${object}`;
      return { name, goal: { most: 2 }, values: [rows / messages] };
    };
    return [
      ...['reserve', 'settle'].flatMap((kind) => [row(kind, 'key'), row(kind, 'shard')]),
      { name: 'bytes of a key with one call behind it', goal: null, values: [keyBytes] },
    ];
  } finally {
    await gateway.stop();
  }
}
