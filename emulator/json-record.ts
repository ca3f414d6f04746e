/**
 * Reading JSON that strangers sent: objects, whole numbers, byte counts. It refuses to guess: what
 * is not an object is undefined, and nothing is coerced.
 */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isWholeNumber(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

export function isObjectList(value: unknown): value is JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}

/** Bytes of a string as it is, of anything else as JSON; nothing is no bytes. */
export function jsonBytes(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}

const BYTES_PER_TOKEN = 4;

/** Not a tokenizer: a count that is stable, plausible and independent of anybody else's. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}
