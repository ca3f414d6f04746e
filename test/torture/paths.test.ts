// Strange paths to real servers, at a size for every day (`npm run torture -- --only paths` has the
// full one). Breaks if a request reaches a protected handler that the gateway has not decided on.

import { expect, it } from 'vitest';
import { paths, PATHS_SMALL } from '../../torture/paths.ts';

it('reaches no protected handler with any of them, where naive guards miss some', async () => {
  const { figures, problems } = await paths(PATHS_SMALL, { seed: 1, progress: () => undefined });
  expect(problems).toEqual([]);
  for (const figure of ['passed', 'refused']) {
    expect(figures[figure], figure).toBeGreaterThan(PATHS_SMALL.paths / 10);
  }
  for (const figure of ['servedDirectly', 'pastCompare', 'pastDecodeAndFold']) {
    expect(figures[figure], figure).toBeGreaterThan(5);
  }
});
