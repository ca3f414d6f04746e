// Does a call cost more for a principal with many calls behind it? One key with a long history and
// fresh ones, in the same gateway, in turns.

import { startGateway } from './gateway.ts';
import { ratioInTurns } from './in-turns.ts';
import { JSON_SCRIPT, type Provider } from './provider.ts';
import type { Row } from './row.ts';
import { BODY, drive, keyHolder, p50Ms, progress, type Size, type Subject } from './subject.ts';

const STEP_CALLS = 10_000;
const STEP_CONNECTIONS = 32;
const COMPARISONS = 5;
const TURNS = 8;

async function ratios(port: number, size: Size): Promise<number[]> {
  const old = await keyHolder(port);
  for (let done = 0; done < size.history; done += STEP_CALLS) {
    const count = Math.min(STEP_CALLS, size.history - done);
    await drive(old, BODY, count, STEP_CONNECTIONS);
    progress(`history: ${String(done + count)} of ${String(size.history)} calls`);
  }
  const measure = async (subject: Subject): Promise<number> =>
    p50Ms(await drive(subject, BODY, Math.ceil(size.single / TURNS), 1));
  const measured: number[] = [];
  for (let round = 0; round < COMPARISONS; round += 1) {
    const fresh = await keyHolder(port);
    await drive(fresh, BODY, size.warmup / 10, 1);
    measured.push(await ratioInTurns(old, fresh, TURNS, measure));
  }
  return measured;
}

export async function history(provider: Provider, folder: string, size: Size): Promise<Row[]> {
  await provider.script(JSON_SCRIPT);
  const gateway = await startGateway(provider.url, folder);
  try {
    const name = `p50 after ${String(size.history)} settled calls, × a new key's`;
    return [{ name, goal: { most: 1.1 }, values: await ratios(gateway.port, size) }];
  } finally {
    await gateway.stop();
  }
}
