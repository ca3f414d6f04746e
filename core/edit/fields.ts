// Single fields of a request, such as the temperature: left out, refused, or put at the nearest
// value the route allows. Where a dialect keeps its settings in an object, they are looked for
// there, and in either of two spellings: a rule about `topP` is one about `top_p`.

import type { Change } from '../call.ts';
import { camel } from '../dialects/gemini-spelling.ts';
import { type Json, record } from '../dialects/json-value.ts';
import type { ShapeSource } from '../policy/shape-schema.ts';
import { err, ok } from '../result.ts';
import type { Edit } from './edit.ts';
import { refusal } from './refusal.ts';

/** Both spellings of Gemini. */
export const SETTINGS_KEYS = ['generationConfig', 'generation_config'] as const;

type Rule = NonNullable<ShapeSource['fields']>[string];
type Fitted = { readonly value: unknown; readonly change: Change } | 'refuse' | null;

const shown = (value: unknown): Change['from'] =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : null;

function fit(field: string, value: unknown, rule: Rule): Fitted {
  if (value === undefined) return null;
  if (rule === 'refuse') return value === null ? null : 'refuse';
  if (rule === 'drop') return { value: undefined, change: { field, from: shown(value), to: null } };
  // Anything but a number is the dialect's to refuse.
  if (typeof value !== 'number') return null;
  const { min = value, max = value, otherwise } = rule;
  const to = Math.min(Math.max(value, min), max);
  if (to === value) return null;
  return otherwise === 'refuse' ? 'refuse' : { value: to, change: { field, from: value, to } };
}

function sentenceOf(field: string, rule: Rule): string {
  if (typeof rule === 'string') return `"${field}" is not offered here.`;
  const { min, max } = rule;
  const least = min === undefined ? '' : ` from ${String(min)}`;
  const most = max === undefined ? '' : ` up to ${String(max)}`;
  return `"${field}" is offered${least}${most} here.`;
}

/** The names in an object that this rule is about, as they are written there. */
const namesIn = (holder: Json, field: string): readonly string[] =>
  Object.keys(holder).filter((name) => camel(name) === camel(field));

export const fields: Edit = {
  name: 'fields',
  edit(json, { shape }, isTried = false) {
    const changes: Change[] = [];
    let edited: Json = json;
    for (const [field, rule] of Object.entries(shape.fields ?? {})) {
      for (const key of [null, ...SETTINGS_KEYS]) {
        const holder = key === null ? edited : record(edited[key]);
        for (const name of namesIn(holder, field)) {
          const now = key === null ? edited : record(edited[key]);
          const fitted = fit(name, now[name], rule);
          if (fitted === 'refuse' && !isTried) {
            return err(refusal(name, sentenceOf(name, rule)));
          }
          if (fitted === null || fitted === 'refuse') continue;
          changes.push(fitted.change);
          const { [name]: _old, ...rest } = now;
          const next = fitted.value === undefined ? rest : { ...rest, [name]: fitted.value };
          edited = key === null ? next : { ...edited, [key]: next };
        }
      }
    }
    return ok(changes.length === 0 ? null : { json: edited, changes });
  },
};
