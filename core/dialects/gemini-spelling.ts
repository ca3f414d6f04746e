// Gemini reads every name in two spellings, `maxOutputTokens` and `max_output_tokens` (its JSON is
// that of protocol buffers; recorded: 200 to `function_declarations`). Both become one before
// anything is looked at, so that no clamp is passed by in the other; a name in both is refused.

import { err, ok, type Result } from '../result.ts';
import type { Json } from './json-value.ts';

/** What the app itself names inside of these is its own: schemas, arguments, results, labels. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'args',
  'labels',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
  'responseSchema',
]);

const SNAKE = /^[a-z][a-zA-Z0-9]*(?:_[a-z0-9]+)+$/;

export const camel = (name: string): string =>
  SNAKE.test(name) ? name.replace(/_([a-z0-9])/g, (_, next: string) => next.toUpperCase()) : name;

/** The same in one spelling; or the name that stood there in both. */
export function inOneSpelling(value: unknown): Result<unknown, string> {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value as unknown[]) {
      const folded = inOneSpelling(item);
      if (!folded.ok) return folded;
      items.push(folded.value);
    }
    return ok(items);
  }
  if (typeof value !== 'object' || value === null) return ok(value);
  const fields = new Map<string, unknown>();
  for (const [written, inner] of Object.entries(value as Json)) {
    const name = camel(written);
    if (fields.has(name)) return err(name);
    const folded = OWN_NAMES.has(name) ? ok(inner) : inOneSpelling(inner);
    if (!folded.ok) return folded;
    fields.set(name, folded.value);
  }
  return ok(Object.fromEntries(fields));
}
