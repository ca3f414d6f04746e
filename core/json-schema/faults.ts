// What is wrong with a JSON Schema of the operator's: words that are not checked here, words with
// values that say nothing, and schemas that nothing can fit. A rule that looks as if it held and
// does not is worse than none.

import { type Json, list, record, text } from '../dialects/json-value.ts';
import { isOfType, resolved, TYPES } from './fits.ts';

export type Fault = { readonly path: string; readonly sentence: string };

const DEPTH_MAX = 32;

type Takes = (value: unknown) => boolean;

const anything: Takes = () => true;
const isCount: Takes = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isNumber: Takes = (value) => typeof value === 'number';
const isSchema: Takes = (value) =>
  typeof value === 'boolean' ||
  (typeof value === 'object' && value !== null && !Array.isArray(value));
const isMap: Takes = (value) =>
  isSchema(value) && typeof value !== 'boolean' && Object.values(record(value)).every(isSchema);
const isSchemas: Takes = (value) => list(value).length > 0 && list(value).every(isSchema);
const isNames: Takes = (value) =>
  Array.isArray(value) && list(value).every((one) => typeof one === 'string');
const isTypes: Takes = (value) => {
  const names = [value].flat();
  return names.length > 0 && names.every((one) => Object.hasOwn(TYPES, text(one)));
};
const isPattern: Takes = (value) => {
  try {
    return typeof value === 'string' && new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
};

/** They say nothing of what fits. */
const NOTES = [
  '$comment',
  '$schema',
  'title',
  'description',
  'default',
  'examples',
  'format',
  'deprecated',
  'readOnly',
  'writeOnly',
];

const WORDS: ReadonlyMap<string, Takes> = new Map([
  ...NOTES.map((word) => [word, anything] as const),
  ['const', anything],
  ['type', isTypes],
  ['enum', (value) => list(value).length > 0],
  ['pattern', isPattern],
  ['required', isNames],
  ['uniqueItems', (value) => typeof value === 'boolean'],
  ['multipleOf', (value) => isNumber(value) && Number(value) > 0],
  ['$ref', (value) => typeof value === 'string' && /^#(?:\/|$)/.test(value)],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map(
    (word) => [word, isNumber] as const,
  ),
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'].map(
    (word) => [word, isCount] as const,
  ),
  ...['items', 'additionalProperties', 'not'].map((word) => [word, isSchema] as const),
  ...['anyOf', 'oneOf', 'allOf'].map((word) => [word, isSchemas] as const),
  ...['properties', '$defs', 'definitions'].map((word) => [word, isMap] as const),
]);

const RANGES = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
] as const;

/** Nothing fits it, as far as can be told without trying everything. */
function isNever(schema: unknown, root: unknown, depth = 0): boolean {
  if (typeof schema === 'boolean') return !schema;
  // It leads back to itself, and nothing in between says what fits.
  if (depth > DEPTH_MAX) return true;
  const own = record(schema);
  const never = (inner: unknown): boolean => isNever(inner, root, depth + 1);
  const { $ref, type, enum: names, properties, required, additionalProperties: others } = own;
  const known = record(properties);
  const takes = (value: unknown): boolean => type === undefined || isOfType(type, value);
  const isObject = type === 'object';
  return (
    (typeof $ref === 'string' && never(resolved(root, $ref))) ||
    (names !== undefined && !list(names).some(takes)) ||
    (Object.hasOwn(own, 'const') && !takes(own['const'])) ||
    RANGES.some(([least, most]) => Number(own[least] ?? 0) > Number(own[most] ?? Infinity)) ||
    (own['anyOf'] !== undefined && list(own['anyOf']).every(never)) ||
    (own['oneOf'] !== undefined && list(own['oneOf']).every(never)) ||
    list(own['allOf']).some(never) ||
    own['not'] === true ||
    (isObject &&
      list(required).some((name) =>
        Object.hasOwn(known, text(name)) ? never(known[text(name)]) : others === false,
      ))
  );
}

function* wordsOf(schema: Json, root: unknown, path: string, depth: number): Generator<Fault> {
  for (const [word, value] of Object.entries(schema)) {
    const at = `${path}.${word}`;
    const takes = WORDS.get(word);
    if (takes === undefined) {
      yield { path: at, sentence: 'is not checked here: leave it out, or say it in other words' };
    } else if (!takes(value)) {
      yield { path: at, sentence: 'does not say anything: this word takes another kind of value' };
    } else if (word === '$ref') {
      if (!isSchema(resolved(root, String(value)))) {
        yield { path: at, sentence: 'leads nowhere in this schema' };
      }
    } else if (takes === isSchema) yield* placesOf(value, root, at, depth + 1);
    else if (takes === isMap || takes === isSchemas) {
      for (const [name, inner] of Object.entries(record(value))) {
        yield* placesOf(inner, root, `${at}.${name}`, depth + 1);
      }
    }
  }
}

function* placesOf(schema: unknown, root: unknown, path: string, depth: number): Generator<Fault> {
  if (typeof schema === 'boolean') return;
  if (depth > DEPTH_MAX) yield { path, sentence: `is more than ${String(DEPTH_MAX)} levels deep` };
  else yield* wordsOf(record(schema), root, path, depth);
}

/** Of what a tool takes: always an object. */
export function faultsOf(schema: Json, path: string): readonly Fault[] {
  const faults = [...placesOf(schema, schema, path, 0)];
  if (faults.length > 0) return faults;
  if (schema['type'] !== 'object') {
    return [{ path: `${path}.type`, sentence: 'must be "object": that is what tools take' }];
  }
  return isNever(schema, schema) ? [{ path, sentence: 'nothing fits this schema' }] : [];
}
