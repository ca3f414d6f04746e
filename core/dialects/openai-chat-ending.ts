// Ends a stream of completions before its time, in the words of its protocol: what every open
// choice still needs, the usage if it was asked for, and the last line. An error ends it without
// one.

import type { Cut } from './dialect.ts';
import { type Json, list, record, text } from './json-value.ts';

/** Choices that are told apart; a stream that names more is not one of these. */
const CHOICES_MAX = 128;
/** Of an id and of a model's name; a longer one is not kept. */
const NAME_CHARS_MAX = 256;

export const indexOf = (choice: Json): number =>
  typeof choice['index'] === 'number' ? choice['index'] : 0;

export type Ending = {
  /** One chunk of the stream. */
  take(chunk: Json): void;
  /** Of this choice something came, and more may. */
  isOpen(index: number): boolean;
  hasOpen(): boolean;
  write(cut: Cut, withUsage: boolean): string;
};

export type Wording = {
  readonly object: string;
  readonly model: string;
  /** The end of a choice that is open, and of one of which nothing came. */
  readonly open: Json;
  readonly untouched: Json;
};

const nameIn = (value: unknown): string => {
  const name = text(value);
  return name.length > NAME_CHARS_MAX ? '' : name;
};

const line = (json: Json): string => `data: ${JSON.stringify(json)}\n\n`;

const usageOf = ({ inputTokens, outputTokens }: Cut): Json => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
});

export const errorLine = ({ sentence }: Cut): string =>
  line({ error: { message: sentence, type: 'weighbridge', param: null, code: 'stream_ended' } });

export function ending(wording: Wording): Ending {
  const choices = new Map<number, boolean>();
  let id = '';
  let { model } = wording;
  let created = 0;
  let named = false;

  return {
    take(chunk) {
      id ||= nameIn(chunk['id']);
      const name = nameIn(chunk['model']);
      if (!named && name !== '') {
        model = name;
        named = true;
      }
      if (typeof chunk['created'] === 'number') created ||= chunk['created'];
      for (const choice of list(chunk['choices']).map(record)) {
        const index = indexOf(choice);
        if (!choices.has(index) && choices.size >= CHOICES_MAX) continue;
        // OpenRouter sends empty deltas behind the reason to finish: it stays finished.
        const ends = typeof choice['finish_reason'] === 'string';
        choices.set(index, !ends && choices.get(index) !== false);
      }
    },
    isOpen: (index) => choices.get(index) === true,
    hasOpen: () => [...choices.values()].includes(true),
    write(cut, withUsage) {
      const base = { id, object: wording.object, created, model };
      const ends =
        choices.size === 0
          ? [{ index: 0, ...wording.untouched }]
          : [...choices].flatMap(([index, open]) => (open ? [{ index, ...wording.open }] : []));
      const chunks = ends.map((end) => line({ ...base, choices: [end] }));
      const report = withUsage ? line({ ...base, choices: [], usage: usageOf(cut) }) : '';
      return `${chunks.join('')}${report}data: [DONE]\n\n`;
    },
  };
}
