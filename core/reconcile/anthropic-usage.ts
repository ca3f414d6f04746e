// Reads Anthropic's usage of messages: the Admin API's answer to
// `/v1/organizations/usage_report/messages` grouped by model
// (https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report) and the
// Console's CSV, `claude_api_tokens_….csv`
// (https://support.claude.com/en/articles/9534590-cost-and-usage-reporting-in-the-claude-console).
// Neither counts requests. Refuses rows that name no model.

import { quoted } from './export.ts';
import type { ExportFormat } from './format.ts';
import type { Fields } from './record.ts';

const JSON_NAMES = {
  input: 'uncached_input_tokens',
  cached: 'cache_read_input_tokens',
  written: 'cache_creation_ephemeral_5m_input_tokens',
  writtenHour: 'cache_creation_ephemeral_1h_input_tokens',
  output: 'output_tokens',
  model: 'model',
  tier: 'service_tier',
} as const;

const CSV_NAMES = {
  input: 'usage_input_tokens_no_cache',
  cached: 'usage_input_tokens_cache_read',
  written: 'usage_input_tokens_cache_write_5m',
  writtenHour: 'usage_input_tokens_cache_write_1h',
  output: 'usage_output_tokens',
  model: 'model_version',
  tier: 'usage_type',
} as const;

const STANDARD = new Set(['standard', 'message', 'messages', 'global', 'not_available']);
const SHORT_CONTEXT = /^(?:0-|≤ ?)200k$/i;

function termsOf(fields: Fields, tierName: string): string | null {
  const context = fields.optional('context_window');
  const terms = [tierName, 'inference_geo', 'speed']
    .map((name) => fields.optional(name))
    .concat(context === null || SHORT_CONTEXT.test(context) ? [] : [context])
    .filter((text) => text !== null && !STANDARD.has(text));
  return terms.length === 0 ? null : terms.map((text) => quoted(text ?? '')).join(', ');
}

export const anthropicUsage: ExportFormat = {
  id: 'Anthropic usage',
  provider: 'anthropic',
  marks: [
    JSON_NAMES.input,
    JSON_NAMES.cached,
    JSON_NAMES.output,
    CSV_NAMES.input,
    CSV_NAMES.cached,
    CSV_NAMES.written,
    CSV_NAMES.writtenHour,
    CSV_NAMES.output,
  ],
  startNames: ['starting_at', 'usage_date_utc'],
  endNames: ['ending_at'],
  csvColumns: [
    'usage_date_utc',
    CSV_NAMES.model,
    CSV_NAMES.input,
    CSV_NAMES.cached,
    CSV_NAMES.written,
    CSV_NAMES.writtenHour,
    CSV_NAMES.output,
  ],
  read: (fields, day) => {
    const names = fields.optional('usage_date_utc') === null ? JSON_NAMES : CSV_NAMES;
    const hour = fields.countOrZero(names.writtenHour);
    return {
      provider: 'anthropic',
      day,
      model: fields.name(names.model, 'export it grouped by model'),
      requests: null,
      tokens: {
        inputTokens: fields.count(names.input),
        cachedInputTokens: fields.count(names.cached),
        cacheWriteTokens: fields.countOrZero(names.written) + hour,
        cacheWriteHourTokens: hour,
        outputTokens: fields.count(names.output),
      },
      exactUsd: null,
      terms: termsOf(fields, names.tier),
    };
  },
};
