// Who tests the tests: small mistakes are made in the ledger's rules, one at a time, and its tests
// must notice. Nine in ten of all mutants must be killed, and each of those planted by hand.

import { readdir, readFile } from 'node:fs/promises';
import { inRoot } from '../local/paths.ts';
import { type Equivalent, EQUIVALENTS } from './mutation-equivalents.ts';
import { judge, type Verdict } from './mutation-judge.ts';
import { type Mutant, parse } from './mutation-mutant.ts';
import { mutantsOf } from './mutation-mutants.ts';
import { plant, PLANTED, type Planted } from './mutation-planted.ts';
import { type Outcome, Problems, randomFrom, type Watch } from './scenario.ts';

export type MutationSize = {
  /** How many of the mutants are tried, chosen by the seed; null for all. */
  readonly sampledMutants: number | null;
  /** A small sample says less, so less is asked of it. */
  readonly scorePercentMin: number;
};

export const MUTATION_SMALL: MutationSize = { sampledMutants: 25, scorePercentMin: 70 };
export const MUTATION_FULL: MutationSize = { sampledMutants: null, scorePercentMin: 90 };

export type MutationTarget = {
  readonly folder: string;
  readonly tests: readonly string[];
  readonly planted: readonly Planted[];
  readonly equivalents: readonly Equivalent[];
  readonly limitMsMin: number;
};

export const LEDGER: MutationTarget = {
  folder: 'core/ledger',
  tests: ['test/core/ledger/**/*.test.ts', 'test/core/call-key.test.ts'],
  planted: PLANTED,
  equivalents: EQUIVALENTS,
  limitMsMin: 5_000,
};

const WORKERS = 2;

async function sourcesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(inRoot(folder))).filter((name) => name.endsWith('.ts')).toSorted();
  const read = async (name: string): Promise<readonly [string, string]> => [
    `${folder}/${name}`,
    await readFile(inRoot(folder, name), 'utf8'),
  ];
  return new Map(await Promise.all(names.map(read)));
}

function sample(mutants: readonly Mutant[], count: number | null, seed: number): readonly Mutant[] {
  if (count === null) return mutants;
  const next = randomFrom(seed);
  const drawn = mutants.map((mutant) => ({ mutant, at: next() })).toSorted((a, b) => a.at - b.at);
  const chosen = new Set(drawn.slice(0, count).map(({ mutant }) => mutant));
  return mutants.filter((mutant) => chosen.has(mutant));
}

const isListed = (mutant: Mutant, { file, within, from, to }: Equivalent): boolean =>
  mutant.file === file && mutant.within === within && mutant.from === from && mutant.to === to;

const placeOf = ({ file, line, says }: Mutant): string => `${file}:${String(line)} ${says}`;

const diffOf = (mutant: Mutant): string =>
  `${placeOf(mutant)}, in: ${mutant.within}\n    - ${mutant.from}\n    + ${mutant.to}`;

export async function mutation(
  size: MutationSize,
  watch: Watch,
  say: (line: string) => void,
  target = LEDGER,
): Promise<Outcome> {
  const problems = new Problems();
  const sources = await sourcesIn(target.folder);
  const planted = target.planted.map((one) => plant(sources, one));
  const all = await mutantsOf(sources);
  await Promise.all([...planted, ...all].map(parse));
  for (const one of target.equivalents) {
    const exists = all.some((mutant) => isListed(mutant, one));
    problems.expect(exists, () => `${one.file}: listed, but no mutant any more: ${one.from}`);
  }
  const listingOf = (mutant: Mutant): Equivalent | undefined =>
    target.equivalents.find((one) => isListed(mutant, one));
  const chosen = sample(all, size.sampledMutants, watch.seed);
  const total = planted.length + chosen.length;
  const verdicts: Verdict[] = [];
  const startedAtMs = performance.now();
  await judge(
    {
      setup: { sources: [...sources], tests: target.tests, seed: watch.seed },
      workers: WORKERS,
      limitMsMin: target.limitMsMin,
      heard: (verdict) => {
        verdicts.push(verdict);
        const killed = verdicts.filter(({ by }) => by !== null).length;
        watch.progress(`${String(verdicts.length)} of ${String(total)} mutants, ${killed} killed`);
      },
    },
    [...planted, ...chosen],
  );
  const msPerMutant = Math.round((performance.now() - startedAtMs) / Math.max(1, total));
  const byOf = new Map(verdicts.map(({ mutant, by }) => [mutant, by]));
  const survives = (mutant: Mutant): boolean => byOf.get(mutant) === null;
  for (const mutant of planted) {
    problems.expect(!survives(mutant), () => `planted and not killed: ${diffOf(mutant)}`);
  }
  const scored = chosen.filter((mutant) => listingOf(mutant) === undefined);
  for (const mutant of chosen) {
    const listing = listingOf(mutant);
    if (listing === undefined) {
      if (survives(mutant)) say(`  survived ${diffOf(mutant)}`);
    } else {
      say(`  equivalent ${diffOf(mutant)}\n    ${listing.because}`);
      problems.expect(survives(mutant), () => `listed, but a test kills it: ${diffOf(mutant)}`);
    }
  }
  const survived = scored.filter(survives).length;
  const scorePercent = (100 * (scored.length - survived)) / Math.max(1, scored.length);
  problems.expect(
    scorePercent >= size.scorePercentMin,
    () => `score ${scorePercent.toFixed(1)} %, at least ${String(size.scorePercentMin)} % is due`,
  );
  const killsBy = (kill: Verdict['by']): number => verdicts.filter(({ by }) => by === kill).length;
  return {
    figures: {
      mutants: `${String(scored.length)} of ${String(all.length)}`,
      survived,
      equivalent: chosen.length - scored.length,
      planted: planted.length,
      plantedKilled: planted.filter((mutant) => !survives(mutant)).length,
      killedByTime: killsBy('time'),
      killedByCrash: killsBy('crash'),
      scorePercent: Math.floor(scorePercent * 10) / 10,
      msPerMutant,
    },
    problems: problems.list(),
  };
}
