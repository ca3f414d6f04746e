// What a budget can be counted in. An amount is a whole number of one unit; a set of amounts names
// only the units that matter, and a unit that is not named is not counted.

export const UNITS = [
  'requests',
  'nanoUsd',
  'concurrentCalls',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'toolCalls',
  'agentSteps',
  'runs',
  'retrievedDocuments',
  'files',
  'fileBytes',
  'images',
  'audioSeconds',
] as const;
export type Unit = (typeof UNITS)[number];

export type Amounts = Readonly<Partial<Record<Unit, number>>>;

/** Units of a set of amounts that are named in it. */
export const unitsOf = (amounts: Amounts): readonly Unit[] =>
  UNITS.filter((unit) => amounts[unit] !== undefined);

/** For each unit of either, what `combine` makes of both; a missing one counts as 0. */
export function combine(
  left: Amounts,
  right: Amounts,
  rule: (left: number, right: number) => number,
): Amounts {
  const result: Partial<Record<Unit, number>> = {};
  for (const unit of UNITS) {
    const a = left[unit];
    const b = right[unit];
    if (a === undefined && b === undefined) continue;
    result[unit] = rule(a ?? 0, b ?? 0);
  }
  return result;
}
