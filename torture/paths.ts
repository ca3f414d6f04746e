// Thousands of strange paths to real servers behind the gateway. None of them may reach a handler
// that is protected, and what reaches another one arrives as it was sent. Some go to the servers
// directly as well: what these would have served says that the paths are worth sending, and two
// naive guards say how easily one is missed.

import { breachOf, type PathLab, startPathLab } from '../test/support/path-lab.ts';
import { ASKINGS, type Asking, NAIVE_GUARDS, pathOf } from '../test/support/spellings.ts';
import { fuzzedPath } from './fuzzed-paths.ts';
import { dice, type Outcome, Problems, type Watch } from './scenario.ts';

export type PathsSize = { readonly paths: number };

export const PATHS_FULL: PathsSize = { paths: 100_000 };
export const PATHS_SMALL: PathsSize = { paths: 2_000 };

const ASKERS = 12;
/** Of how many one goes to its server directly too. */
const DIRECT_EVERY = 10;
const POST: Asking = { method: 'POST' };
const PLAIN_METHOD_CHANCE = 0.8;

type Tally = Map<string, number>;

const count = (tally: Tally, what: string): void => {
  tally.set(what, (tally.get(what) ?? 0) + 1);
};

async function storm(lab: PathLab, size: PathsSize, watch: Watch): Promise<Outcome> {
  const random = dice(watch.seed);
  const problems = new Problems();
  const tally: Tally = new Map();
  let next = 0;
  async function askAll(): Promise<void> {
    const asker = lab.asker();
    while (next < size.paths) {
      const at = (next += 1);
      const target = fuzzedPath(random);
      const asking = random.chance(PLAIN_METHOD_CHANCE) ? POST : random.pick(ASKINGS);
      watch.progress(`${String(at)} of ${String(size.paths)} paths`);
      for (const origin of lab.origins) {
        const seen = await asker.through(origin, asking, target);
        count(tally, seen.reached === null ? 'refused' : 'passed');
        const what = (): string => `${origin.name}: ${asking.method} ${JSON.stringify(target)}`;
        const breach = breachOf(seen, target + (asking.query ?? ''));
        problems.expect(breach === null, () => `${what()} ${String(breach)}`);
        problems.expect(
          seen.status < 500 || seen.status === 501,
          () => `${what()} is answered ${String(seen.status)}`,
        );
        if (at % DIRECT_EVERY !== 0) continue;
        const { reached } = await asker.directly(origin, asking, target);
        if (reached?.handler !== 'protected') continue;
        count(tally, 'servedDirectly');
        if (!NAIVE_GUARDS.compares(pathOf(target))) count(tally, 'pastCompare');
        if (!NAIVE_GUARDS.decodesAndFolds(pathOf(target))) count(tally, 'pastDecodeAndFold');
      }
    }
    asker.leave();
  }
  await Promise.all(Array.from({ length: ASKERS }, askAll));
  const figures = { paths: size.paths, origins: lab.origins.length, ...Object.fromEntries(tally) };
  return { figures, problems: problems.list() };
}

export async function paths(size: PathsSize, watch: Watch): Promise<Outcome> {
  const lab = await startPathLab();
  try {
    return await storm(lab, size, watch);
  } finally {
    await lab.close();
  }
}
