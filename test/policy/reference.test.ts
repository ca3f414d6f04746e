// The reference of the policy names every field that the policy has. What breaks if this fails: an
// operator finds a field by its error only, or believes in one that is not there.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';

/** Every name of a member, wherever it stands in the schema. */
function* namesIn(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') yield* Object.keys(value as object);
    yield* namesIn(value);
  }
}

const read = (file: string): string => readFileSync(inRoot('docs', file), 'utf8');
const names = new Set(namesIn(JSON.parse(read('policy.schema.json'))));

/** Names that stand in no piece of code of this text. */
function missingIn(text: string): readonly string[] {
  const code = new Set([...text.matchAll(/`[^`\n]+`/g)].flatMap(([one]) => one.split(/[^\w-]+/)));
  return [...names].filter((name) => !code.has(name));
}

describe('docs/policy.md', () => {
  it('names every field of the schema', () => {
    expect(names.size).toBeGreaterThan(150);
    expect(missingIn(read('policy.md'))).toEqual([]);
  });

  it.each(['historyBytesMax', 'enforcePercent', 'callsPerAnswerMax', 'run-unknown'])(
    'would be found without "%s"',
    (name) => {
      expect(missingIn(read('policy.md').replaceAll(name, '…'))).toEqual([name]);
    },
  );
});
