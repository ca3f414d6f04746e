// One entry of an export as flat named texts, the same whether it came as JSON or as CSV, and the
// readers of its fields. A number is its literal, never a float; what a field may be is decided
// here, what it means by the formats.

import { type ExactUsd, readUsd, type Unit, ZERO_USD } from './exact-usd.ts';
import { COUNT_MAX, type ErrorList, MODEL_CHARS_MAX, quoted } from './export.ts';

export type ExportRecord = {
  readonly where: string;
  /** Nested names are joined by `_`. What is null or empty is not in it. */
  readonly fields: ReadonlyMap<string, string>;
  /** A time in which nothing was used. */
  readonly empty: boolean;
};

export type Fields = {
  readonly optional: (name: string) => string | null;
  /** A name fit to be shown; a missing one is refused with what to do about it. */
  readonly name: (name: string, otherwise: string) => string;
  readonly count: (name: string) => number;
  readonly countOrZero: (name: string) => number;
  readonly usd: (name: string, unit: Unit) => ExactUsd;
  readonly refuse: (sentence: string) => void;
  readonly failed: () => boolean;
};

const WHOLE = /^\d{1,15}(?:\.0+)?$/;
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A count, or a sentence. `3.0` is 3: the dashboards write it so. */
function readCount(text: string): number | string {
  if (text.startsWith('-')) return 'is negative';
  if (!WHOLE.test(text)) return 'is not a whole number';
  const value = Number(text.split('.', 1)[0]);
  return value > COUNT_MAX ? `is more than ${String(COUNT_MAX)}` : value;
}

export function fieldsOf(record: ExportRecord, errors: ErrorList): Fields {
  let failed = false;
  const refuse = (sentence: string): void => {
    failed = true;
    errors.say(record.where, sentence);
  };
  const optional = (name: string): string | null => record.fields.get(name) ?? null;
  const countOrZero = (name: string): number => {
    const text = optional(name);
    if (text === null) return 0;
    const value = readCount(text);
    if (typeof value === 'number') return value;
    refuse(`${name} ${value}: ${quoted(text)}`);
    return 0;
  };
  return {
    optional,
    countOrZero,
    count: (name) => {
      if (optional(name) === null) refuse(`has no ${name}`);
      return countOrZero(name);
    },
    name: (name, otherwise) => {
      const text = optional(name);
      if (text === null) refuse(`has no ${name}: ${otherwise}`);
      else if (text.length > MODEL_CHARS_MAX) {
        refuse(`${name} is longer than ${String(MODEL_CHARS_MAX)} characters`);
      } else if (UNFIT.test(text)) refuse(`${name} has control characters: ${quoted(text)}`);
      return text ?? '';
    },
    usd: (name, unit) => {
      const text = optional(name);
      if (text === null) {
        refuse(`has no ${name}`);
        return ZERO_USD;
      }
      const value = readUsd(text, unit);
      if (typeof value !== 'string') return value;
      refuse(`${name} ${value}: ${quoted(text)}`);
      return ZERO_USD;
    },
    refuse,
    failed: () => failed,
  };
}
