/**
 * What a recording cost, from the manifest's independent reader, in the ledger's own classes. Each
 * provider means something else by input: Anthropic leaves the cache out of it, the others do not.
 * It refuses to read the recording itself.
 */
import { isObject, isWholeNumber } from './json-record.ts';
import type { JsonObject } from './json-record.ts';
import { NOTHING } from './prices.ts';
import type { BilledUnits } from './prices.ts';

/** Undefined where none was recorded, or it is not a count. */
export function readRecordedUsage(dialect: unknown, expected: unknown): RecordedUsage | undefined {
  if (!isObject(expected) || !isObject(expected['usage'])) return undefined;
  const usage = expected['usage'];
  if (usage['type'] === 'duration') return { ...SILENT, seconds: count(usage['seconds']) };
  switch (dialect) {
    case 'anthropic':
    case 'anthropic-messages':
      return anthropicUsage(usage, expected['iterations']);
    case 'gemini':
      return {
        ...SILENT,
        inputTokens: count(usage['prompt']) + count(usage['tool_prompt']),
        cachedTokens: count(usage['cached']),
        outputTokens: count(usage['candidates']) + count(usage['thoughts']),
      };
    default:
      return openaiUsage(usage, expected);
  }
}

export type RecordedUsage = BilledUnits & {
  readonly searches: number;
  readonly seconds: number;
  readonly others: readonly (BilledUnits & { readonly model: string })[];
};

const SILENT: RecordedUsage = { ...NOTHING, searches: 0, seconds: 0, others: [] };

const count = (value: unknown): number =>
  isWholeNumber(value, 0, Number.MAX_SAFE_INTEGER) ? value : 0;

function openaiUsage(usage: JsonObject, expected: JsonObject): RecordedUsage {
  const inputTokens = count(usage['input'] ?? usage['prompt_tokens']);
  const cachedTokens = Math.min(count(usage['cached']), inputTokens);
  const items = isObject(expected['output_items']) ? expected['output_items'] : {};
  return {
    ...SILENT,
    inputTokens,
    cachedTokens,
    writtenTokens: Math.min(count(usage['cache_write']), inputTokens - cachedTokens),
    outputTokens: count(usage['output']),
    searches: count(items['web_search_call']),
  };
}

/** With iterations, every one of them is billed, and the top level is not. */
function anthropicUsage(usage: JsonObject, iterations: unknown): RecordedUsage {
  const searches = count(usage['web_search_requests']);
  const list: unknown[] = Array.isArray(iterations) ? iterations : [];
  const entries = list.filter(isObject);
  if (entries.length === 0) {
    const hour = count(usage['cache_write_1h']);
    const written = count(usage['cache_write']);
    return {
      ...anthropicUnits(count(usage['input']), count(usage['cache_read']), written, hour),
      outputTokens: count(usage['output']),
      searches,
    };
  }
  const own = entries.filter((entry) => typeof entry['model'] !== 'string').map(unitsOfIteration);
  const others = entries.flatMap((entry) => {
    const model = entry['model'];
    return typeof model === 'string' ? [{ ...unitsOfIteration(entry), model }] : [];
  });
  const sum = (name: keyof BilledUnits) => own.reduce((total, units) => total + units[name], 0);
  return {
    ...SILENT,
    inputTokens: sum('inputTokens'),
    cachedTokens: sum('cachedTokens'),
    writtenTokens: sum('writtenTokens'),
    outputTokens: sum('outputTokens'),
    searches,
    others,
  };
}

function unitsOfIteration(entry: JsonObject): BilledUnits {
  const { inputTokens, cachedTokens, writtenTokens } = anthropicUnits(
    count(entry['input_tokens']),
    count(entry['cache_read_input_tokens']),
    count(entry['cache_creation_input_tokens']),
    0,
  );
  const outputTokens = count(entry['output_tokens']);
  return { ...NOTHING, inputTokens, cachedTokens, writtenTokens, outputTokens };
}

function anthropicUnits(
  input: number,
  cachedTokens: number,
  written: number,
  hour: number,
): RecordedUsage {
  const writtenHourTokens = Math.min(hour, written);
  return {
    ...SILENT,
    inputTokens: input + cachedTokens + written,
    cachedTokens,
    writtenTokens: written - writtenHourTokens,
    writtenHourTokens,
  };
}
