// Fields that a route bounds, and answers to one request. What breaks if this fails: a caller
// chooses what the policy meant to.

import { describe, expect, it } from 'vitest';
import { choices } from '../../../core/edit/choices.ts';
import type { Edit } from '../../../core/edit/edit.ts';
import { fields } from '../../../core/edit/fields.ts';
import type { ShapeSource } from '../../../core/policy/shape-schema.ts';
import { loadPolicy } from '../../../core/policy/load.ts';
import { present } from '../../../core/result.ts';
import { policyWith } from '../../policy/base.ts';

const loaded = loadPolicy(policyWith());
const route = present(loaded.ok ? loaded.value.routes[0] : null, 'a route');

const edited = (edit: Edit, json: Record<string, unknown>, shape: ShapeSource) => {
  const result = edit.edit(json, { ...route, choicesMax: 2, shape });
  if (!result.ok) return result.error;
  return result.value === null ? null : [result.value.json, result.value.changes];
};

const clamped = { fields: { temperature: { min: 0.2, max: 1, otherwise: 'clamp' } } } as const;
const refused = { fields: { temperature: { max: 1, otherwise: 'refuse' } } } as const;

describe('a field within bounds', () => {
  it.each([
    [0.2, null],
    [1, null],
    [1.01, 1],
    [0.19, 0.2],
    [-1, 0.2],
    [1e308, 1],
  ])('%d', (from, to) => {
    const said = [{ temperature: to }, [{ field: 'temperature', from, to }]];
    expect(edited(fields, { temperature: from }, clamped)).toEqual(to === null ? null : said);
  });

  it('is refused past them where the policy says so', () => {
    expect(edited(fields, { temperature: 1 }, refused)).toBeNull();
    expect(edited(fields, { temperature: 1.5 }, refused)).toMatchObject({
      kind: 'shape-refused',
      field: 'temperature',
      sentence: '"temperature" is offered up to 1 here.',
    });
  });

  it.each(['generationConfig', 'generation_config'])('is found in %s as well', (key) => {
    expect(edited(fields, { [key]: { temperature: 2, seed: 1 } }, clamped)).toEqual([
      { [key]: { seed: 1, temperature: 1 } },
      [{ field: 'temperature', from: 2, to: 1 }],
    ]);
  });

  it.each([null, '2', [2], { a: 2 }])('that is no number (%j) is left to its dialect', (value) => {
    expect(edited(fields, { temperature: value }, clamped)).toBeNull();
  });
});

describe('a rule in one spelling', () => {
  const rule = { max: 0.5, otherwise: 'clamp' } as const;
  it.each([
    ['topP', { generationConfig: { top_p: 1 } }],
    ['topP', { generation_config: { topP: 1 } }],
    ['top_p', { generationConfig: { topP: 1 } }],
    ['top_p', { top_p: 1 }],
  ])('%s is one about the other: %j', (field, json) => {
    const result = edited(fields, json, { fields: { [field]: rule } });
    expect(JSON.stringify(result)).toContain('"to":0.5');
    expect(JSON.stringify(Array.isArray(result) ? result[0] : '')).not.toContain(':1}');
  });

  it('holds in both where both are there', () => {
    const json = { generationConfig: { topP: 1, top_p: 1 }, generation_config: { topP: 1 } };
    const result = edited(fields, json, { fields: { topP: rule } });
    expect(Array.isArray(result) ? result[0] : result).toEqual({
      generationConfig: { topP: 0.5, top_p: 0.5 },
      generation_config: { topP: 0.5 },
    });
  });
});

describe('a field that is not wanted', () => {
  it('is left out, and that is said', () => {
    expect(edited(fields, { seed: 7, n: 1 }, { fields: { seed: 'drop' } })).toEqual([
      { n: 1 },
      [{ field: 'seed', from: 7, to: null }],
    ]);
  });

  it('is refused, unless it says nothing', () => {
    const shape = { fields: { logprobs: 'refuse' } } as const;
    expect(edited(fields, { logprobs: true }, shape)).toMatchObject({ field: 'logprobs' });
    expect(edited(fields, { logprobs: null }, shape)).toBeNull();
    expect(edited(fields, {}, shape)).toBeNull();
  });

  it('is not one that everything has from its prototype', () => {
    const rule: ShapeSource['fields'] = Object.fromEntries([['toString', 'refuse']]);
    expect(edited(fields, {}, { fields: rule })).toBeNull();
  });
});

describe('more answers than the route gives', () => {
  it.each([
    [{ n: 2 }, null],
    [{ n: 3 }, { n: 2 }],
    [
      { best_of: 9, n: 1 },
      { best_of: 2, n: 1 },
    ],
    [{ generationConfig: { candidateCount: 8 } }, { generationConfig: { candidateCount: 2 } }],
    [{ generation_config: { candidate_count: 8 } }, { generation_config: { candidate_count: 2 } }],
    [{ n: '9' }, null],
    [{ n: 1e9 }, { n: 2 }],
    // The dialect's to refuse.
    [{ n: -1 }, null],
    [
      { generationConfig: { candidateCount: 8 }, generation_config: { candidate_count: 9 } },
      { generationConfig: { candidateCount: 2 }, generation_config: { candidate_count: 2 } },
    ],
    [
      { n: 3, generationConfig: 'as it is' },
      { n: 2, generationConfig: 'as it is' },
    ],
  ])('%j', (json, expected) => {
    const result = edited(choices, json, { otherwise: 'clamp' });
    expect(Array.isArray(result) ? result[0] : result).toEqual(expected);
  });

  it('are refused by the shape gate where the policy does not clamp', () => {
    expect(edited(choices, { n: 9 }, {})).toBeNull();
  });
});
