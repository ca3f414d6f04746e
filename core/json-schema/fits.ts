// Does a value fit a JSON Schema (2020-12, the part of it that tools' inputs are written in)? It
// makes no code of a schema, which workerd would not run. What it does not know is refused when a
// policy is loaded (`faults.ts`); what takes too long to tell does not fit.

import { type Json, list, record, text } from '../dialects/json-value.ts';

const DEPTH_MAX = 96;
/** Looks at a place of a schema, of one value: branches of branches are not followed for ever. */
const LOOKS_MAX = 50_000;
/** Of a longer text no pattern is tried: one that goes back and forth is the operator's own. */
const PATTERN_CHARS_MAX = 4_096;

class Looks {
  readonly root: unknown;
  #left = LOOKS_MAX;

  constructor(root: unknown) {
    this.root = root;
  }

  get areUsedUp(): boolean {
    return this.#left < 0;
  }

  /** False from the one on that is too many, or too deep. */
  take(depth: number): boolean {
    this.#left = depth > DEPTH_MAX ? -1 : this.#left - 1;
    return !this.areUsedUp;
  }
}

/** One text for what is the same, whatever the order of its names. */
function canonical(value: unknown, depth = 0): string {
  if (depth > DEPTH_MAX) return '';
  if (Array.isArray(value)) {
    return `[${list(value)
      .map((one) => canonical(one, depth + 1))
      .join()}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const fields = Object.entries(value as Json).map(
    ([name, one]) => `${JSON.stringify(name)}:${canonical(one, depth + 1)}`,
  );
  return `{${fields.sort().join()}}`;
}

/** What came may be large: it is written down once, and only where an object could be meant. */
function isAmong(named: readonly unknown[], value: unknown): boolean {
  if (typeof value !== 'object') return named.includes(value);
  const objects = named.filter((one) => typeof one === 'object');
  const written = objects.length === 0 ? '' : canonical(value);
  return objects.some((one) => canonical(one) === written);
}

const isPlainObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isPlainObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

export const isOfType = (type: unknown, value: unknown): boolean =>
  [type].flat().some((one) => TYPES[text(one)]?.(value) === true);

/** `#`, or a path below it; undefined where there is nothing. */
export function resolved(root: unknown, ref: string): unknown {
  let at = root;
  for (const step of ref.split('/').slice(1)) {
    const name = step.replace(/~1/g, '/').replace(/~0/g, '~');
    if (!isPlainObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

const within = (value: number, schema: Json, least: string, most: string): boolean =>
  value >= Number(schema[least] ?? Number.NEGATIVE_INFINITY) &&
  value <= Number(schema[most] ?? Number.POSITIVE_INFINITY);

const codePoints = (value: string): number => {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
};

function stringFits(value: string, schema: Json): boolean {
  if (!within(codePoints(value), schema, 'minLength', 'maxLength')) return false;
  const { pattern } = schema;
  if (typeof pattern !== 'string') return true;
  return value.length <= PATTERN_CHARS_MAX && new RegExp(pattern, 'u').test(value);
}

function numberFits(value: number, schema: Json): boolean {
  const { multipleOf, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  return (
    within(value, schema, 'minimum', 'maximum') &&
    (above === undefined || value > Number(above)) &&
    (below === undefined || value < Number(below)) &&
    (multipleOf === undefined || Number.isInteger(value / Number(multipleOf)))
  );
}

type Fits = (schema: unknown, value: unknown) => boolean;

function objectFits(value: Json, schema: Json, holds: Fits): boolean {
  const { properties, required, additionalProperties: others = true } = schema;
  const known = record(properties);
  const entries = Object.entries(value);
  return (
    within(entries.length, schema, 'minProperties', 'maxProperties') &&
    list(required).every((name) => Object.hasOwn(value, text(name))) &&
    entries.every(([name, one]) => holds(Object.hasOwn(known, name) ? known[name] : others, one))
  );
}

function arrayFits(value: readonly unknown[], schema: Json, holds: Fits): boolean {
  const { items = true, uniqueItems } = schema;
  return (
    within(value.length, schema, 'minItems', 'maxItems') &&
    (uniqueItems !== true || new Set(value.map((one) => canonical(one))).size === value.length) &&
    value.every((one) => holds(items, one))
  );
}

function branchesFit(schema: Json, value: unknown, holds: Fits): boolean {
  const { anyOf, oneOf, allOf, not } = schema;
  const isOne = (branch: unknown): boolean => holds(branch, value);
  return (
    list(allOf).every(isOne) &&
    (anyOf === undefined || list(anyOf).some(isOne)) &&
    (oneOf === undefined || list(oneOf).filter(isOne).length === 1) &&
    (not === undefined || !isOne(not))
  );
}

function look(schema: unknown, value: unknown, looks: Looks, depth: number): boolean {
  if (!looks.take(depth)) return false;
  if (typeof schema === 'boolean') return schema;
  const own = record(schema);
  const holds: Fits = (inner, one) => look(inner, one, looks, depth + 1);
  const { type, enum: names, $ref } = own;
  if (typeof $ref === 'string' && !holds(resolved(looks.root, $ref), value)) return false;
  if (type !== undefined && !isOfType(type, value)) {
    return false;
  }
  if (names !== undefined && !isAmong(list(names), value)) return false;
  if (Object.hasOwn(own, 'const') && !isAmong([own['const']], value)) return false;
  if (!branchesFit(own, value, holds)) return false;
  if (typeof value === 'string') return stringFits(value, own);
  if (typeof value === 'number') return numberFits(value, own);
  if (Array.isArray(value)) return arrayFits(value, own, holds);
  return isPlainObject(value) ? objectFits(value, own, holds) : true;
}

/** `not` of what takes too long would fit: so nothing fits once the looks are used up. */
export function fits(schema: unknown, value: unknown): boolean {
  const looks = new Looks(schema);
  return look(schema, value, looks, 0) && !looks.areUsedUp;
}
