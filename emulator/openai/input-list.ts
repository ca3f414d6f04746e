/**
 * Counts what may be a string, strings, a token array or several: the input of embeddings and of
 * legacy completions. It refuses anything else.
 */
import { tokensOfBytes } from '../json-record.ts';

/** How many inputs there are and what they count; undefined for what is none of these. */
export function countInput(input: unknown): { count: number; tokens: number } | undefined {
  if (typeof input === 'string') return { count: 1, tokens: textTokens(input) };
  if (!Array.isArray(input) || input.length === 0) return undefined;
  const list: unknown[] = input;
  if (list.every(isToken)) return { count: 1, tokens: list.length };
  if (list.every((one) => typeof one === 'string')) {
    const tokens = list.reduce((sum: number, one) => sum + textTokens(one), 0);
    return { count: list.length, tokens };
  }
  if (!list.every((one): one is unknown[] => Array.isArray(one) && one.every(isToken))) {
    return undefined;
  }
  return { count: list.length, tokens: list.reduce((sum: number, one) => sum + one.length, 0) };
}

const textTokens = (text: string): number => tokensOfBytes(Buffer.byteLength(text));

const isToken = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
