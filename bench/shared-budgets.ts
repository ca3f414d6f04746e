// What shared budgets cost a call: the same gateway with a route's, a model's and a global budget,
// and with none. Both run at once and are asked in turns. The budgets are far from used up, as on
// any ordinary day; what happens at their end is the simulation's (`hot-budget.ts`).

import { inRoot } from '../local/paths.ts';
import { startGateway } from './gateway.ts';
import { ratioInTurns } from './in-turns.ts';
import { JSON_SCRIPT, type Provider } from './provider.ts';
import type { Row } from './row.ts';
import { BODY, callsPerSecond, drive, keyHolder, MANY_CONNECTIONS, p50Ms } from './subject.ts';
import { progress, type Size, type Subject } from './subject.ts';

const TURNS_PER_ROUND = 10;

export async function sharedBudgets(
  provider: Provider,
  folder: string,
  rounds: number,
  size: Size,
): Promise<Row[]> {
  progress('route, model and global budgets, with and without');
  await provider.script(JSON_SCRIPT);
  const alone = await startGateway(provider.url, folder, {
    policyFile: inRoot('bench/policy-alone.ts'),
  });
  const shared = await startGateway(provider.url, folder, {
    policyFile: inRoot('bench/policy-shared.ts'),
  });
  try {
    const subjects = [await keyHolder(shared.port), await keyHolder(alone.port)] as const;
    for (const subject of subjects) {
      await drive(subject, BODY, size.warmup, 4);
      await drive(subject, BODY, size.warmup, MANY_CONNECTIONS);
    }
    const single = async (subject: Subject): Promise<number> =>
      p50Ms(await drive(subject, BODY, Math.ceil(size.single / TURNS_PER_ROUND), 1));
    const many = async (subject: Subject): Promise<number> => {
      const calls = Math.ceil(size.many / TURNS_PER_ROUND);
      return 1_000 / callsPerSecond(await drive(subject, BODY, calls, MANY_CONNECTIONS));
    };
    const row = async (name: string, measure: typeof single): Promise<Row> => {
      const values: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        values.push(await ratioInTurns(...subjects, TURNS_PER_ROUND, measure));
      }
      return {
        name: `route, model and global budgets: ${name}, × without`,
        goal: { most: 1.1 },
        values,
      };
    };
    return [
      await row('p50 at 1 connection', single),
      await row('time per call at 16 connections', many),
    ];
  } finally {
    await alone.stop();
    await shared.stop();
  }
}
