// A request with another model in the place of the one it names, wherever its dialect names it.

import type { Dialect, RequestInput } from './dialect.ts';
import { record } from './json-value.ts';

type Naming = Pick<RequestInput, 'json' | 'form' | 'target'>;

/** `/gemini-2.5-pro:generateContent`, with or without a slash before it. */
const IN_TARGET = /^(\/?)[^/:?]+/;

export function withModel<Input extends Naming>(
  input: Input,
  { bodyKind, targetPattern }: Pick<Dialect, 'bodyKind' | 'targetPattern'>,
  model: string,
): Input {
  if (targetPattern !== undefined) {
    return {
      ...input,
      target: input.target.replace(IN_TARGET, (_, slash: string) => slash + model),
    };
  }
  if (bodyKind === 'json') return { ...input, json: { ...record(input.json), model } };
  const form = input.form.map((field) =>
    field.name === 'model' && 'text' in field ? { ...field, text: model } : field,
  );
  return { ...input, form };
}
