// Looking into JSON that came from outside, without trusting any of it.

export type Json = Readonly<Record<string, unknown>>;

/** An object as it is; anything else as an empty one. */
export const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Of a name or an id: a longer one is not kept. */
export const NAME_CHARS_MAX = 256;
export const shortText = (value: unknown): string =>
  typeof value === 'string' && value.length <= NAME_CHARS_MAX ? value : '';

/** Whether it has so many values at most: what is kept of a stream is small, whatever it says. */
export function isSmall(value: unknown, valuesMax: number): boolean {
  const queue = [value];
  for (let at = 0; at < queue.length; at += 1) {
    const one = queue[at];
    if (typeof one === 'string' && one.length > NAME_CHARS_MAX) return false;
    const inner: readonly unknown[] = Object.values(record(one));
    if (queue.length + inner.length > valuesMax) return false;
    queue.push(...inner);
  }
  return true;
}

/** Deeper than any provider's: Node writes 4,000 levels and more, and then its stack is full. */
const DEPTH_MAX = 1_000;

/** A text without so many brackets is not looked at. */
function isDeep(json: string): boolean {
  if (json.length < 2 * DEPTH_MAX) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === 0x22) isInString = !isInString;
    else if (code === 0x5c && isInString) at += 1;
    else if (!isInString && (code === 0x5b || code === 0x7b)) depth += 1;
    else if (!isInString && (code === 0x5d || code === 0x7d)) depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}

/** The object that a text says, or null: also of one that nobody could write again. */
export function parseRecord(json: string): Json | null {
  if (!json.startsWith('{') || isDeep(json)) return null;
  try {
    return record(JSON.parse(json));
  } catch {
    return null;
  }
}

/** How long a value is as JSON; nothing where it is none. */
export const jsonChars = (value: unknown): number => (JSON.stringify(value) ?? '').length;
