// The ledger's tests notice mistakes in the ledger, at a size for every day (`npm run torture` has
// the full one), and the judge of that can itself be believed: without claims nothing is killed,
// and what runs in circles is. Breaks if a change of the rules could go unnoticed.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import {
  LEDGER,
  mutation,
  MUTATION_SMALL,
  type MutationSize,
  type MutationTarget,
} from '../../torture/mutation.ts';
import { PLANTED } from '../../torture/mutation-planted.ts';

const watch = { seed: 1, progress: () => undefined };
const run = (target: MutationTarget, size: MutationSize = MUTATION_SMALL) =>
  mutation(size, watch, () => undefined, target);

const NONE: MutationSize = { sampledMutants: 0, scorePercentMin: 0 };
const CLOCK = 'core/ledger/account.ts';
const SILENT: MutationTarget = {
  ...LEDGER,
  tests: ['torture/mutation-silent.ts'],
  planted: PLANTED.slice(0, 6),
  equivalents: [],
};

describe('mutants of the ledger', () => {
  it('are killed: all that were planted, and most of a sample', async () => {
    expect((await run(LEDGER)).problems).toEqual([]);
  });

  it('live where the tests claim nothing', async () => {
    const { figures } = await run(SILENT, { ...MUTATION_SMALL, sampledMutants: 12 });
    expect(figures['scorePercent']).toBeLessThanOrEqual(10);
    expect(figures).toMatchObject({ planted: SILENT.planted.length, plantedKilled: 0 });
  });

  it('are killed by time where they run in circles', async () => {
    const source = readFileSync(inRoot(CLOCK), 'utf8');
    const circles = {
      file: CLOCK,
      search: source,
      replace: `${source}\nfor (;;);`,
      says: 'circles',
    };
    const { figures, problems } = await run(
      { ...SILENT, planted: [circles], limitMsMin: 2_000 },
      NONE,
    );
    expect(problems).toEqual([]);
    expect(figures['killedByTime']).toBe(1);
  });

  it('that were planted where nothing is any more fail the run', async () => {
    const gone = { file: CLOCK, search: 'no such text', replace: '', says: 'gone' };
    await expect(run({ ...LEDGER, planted: [gone] }, NONE)).rejects.toThrow(
      `planted mutant "gone": its text is not there any more in ${CLOCK}: no such text`,
    );
  });

  it('that are listed as equivalent and do not exist fail the run', async () => {
    const gone = { file: CLOCK, within: 'no such line', from: '1', to: '2', because: 'gone' };
    const { problems } = await run({ ...LEDGER, planted: [], equivalents: [gone] }, NONE);
    expect(problems).toEqual([`${CLOCK}: listed, but no mutant any more: 1`]);
  });
});
