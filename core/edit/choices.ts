// More answers than a route gives to one request become as many as it gives, where the policy says
// so; elsewhere the shape gate refuses them.

import type { Change } from '../call.ts';
import { type Json, record } from '../dialects/json-value.ts';
import { ok } from '../result.ts';
import type { Edit } from './edit.ts';
import { SETTINGS_KEYS } from './fields.ts';

/** `best_of` is generated and billed as well. */
const COUNTS = ['n', 'best_of', 'candidateCount', 'candidate_count'] as const;

export const choices: Edit = {
  name: 'choices',
  edit(json, { shape, choicesMax }) {
    if (shape.otherwise !== 'clamp') return ok(null);
    const changes: Change[] = [];
    /** The counts in it that are too many, as they should be. */
    const fitted = (holder: Json): Json => {
      const most: Record<string, number> = {};
      for (const field of COUNTS) {
        const from = holder[field];
        if (typeof from !== 'number' || from <= choicesMax) continue;
        changes.push({ field, from, to: choicesMax });
        most[field] = choicesMax;
      }
      return most;
    };
    const edited: Record<string, unknown> = { ...json, ...fitted(json) };
    for (const key of SETTINGS_KEYS) {
      const settings = record(json[key]);
      const most = fitted(settings);
      if (Object.keys(most).length > 0) edited[key] = { ...settings, ...most };
    }
    return ok(changes.length === 0 ? null : { json: edited, changes });
  },
};
