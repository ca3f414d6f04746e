// Two subjects against each other on a machine that has other things to do: short turns in
// alternating order, and the median of their ratios, so that what disturbs one of them disturbs the
// other, or counts once.

import { median } from './load.ts';
import type { Subject } from './subject.ts';

/** `measure` of the one over `measure` of the other. */
export async function ratioInTurns(
  one: Subject,
  other: Subject,
  turns: number,
  measure: (subject: Subject) => Promise<number>,
): Promise<number> {
  const ratios: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    if (turn % 2 === 0) {
      const first = await measure(one);
      ratios.push(first / (await measure(other)));
    } else {
      const first = await measure(other);
      ratios.push((await measure(one)) / first);
    }
  }
  return median(ratios);
}
