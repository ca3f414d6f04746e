// Reads OpenAI's usage of completions: the API's answer to `/v1/organization/usage/completions`
// grouped by model (https://platform.openai.com/docs/api-reference/usage/completions) and the CSV
// that the dashboard's Export gives of the same fields, with counts written `3.0`
// (https://help.openai.com/en/articles/10478918-api-usage-dashboard). Refuses usage of anything
// else and rows that name no model.

import { quoted } from './export.ts';
import type { ExportFormat } from './format.ts';
import type { Fields } from './record.ts';

const OBJECT = 'organization.usage.completions.result';

/** Batches and tiers other than the default are not billed at the standard rate. */
function termsOf(fields: Fields): string | null {
  const tier = fields.optional('service_tier');
  const terms = [
    ...(fields.optional('batch')?.toLowerCase() === 'true' ? ['batch'] : []),
    ...(tier === null || tier === 'default' || tier === 'standard' ? [] : [quoted(tier)]),
  ];
  return terms.length === 0 ? null : terms.join(', ');
}

export const openaiUsage: ExportFormat = {
  id: 'OpenAI usage',
  provider: 'openai',
  marks: ['num_model_requests', 'input_tokens', 'output_tokens', 'input_cached_tokens'],
  startNames: ['start_time'],
  endNames: ['end_time'],
  csvColumns: ['start_time', 'model', 'num_model_requests', 'input_tokens', 'output_tokens'],
  read: (fields, day) => {
    const object = fields.optional('object');
    if (object !== null && object !== OBJECT) {
      fields.refuse(`is ${quoted(object)}: only usage of completions is read`);
    }
    const all = fields.count('input_tokens');
    const cached = fields.countOrZero('input_cached_tokens');
    const written = fields.countOrZero('input_cache_write_tokens');
    if (!fields.failed() && cached + written > all) {
      fields.refuse('has more cached and cache-write tokens than input_tokens, which include them');
    }
    return {
      provider: 'openai',
      day,
      model: fields.name('model', 'export it grouped by model'),
      requests: fields.count('num_model_requests'),
      tokens: {
        inputTokens: all - cached - written,
        cachedInputTokens: cached,
        cacheWriteTokens: written,
        cacheWriteHourTokens: 0,
        outputTokens: fields.count('output_tokens'),
      },
      exactUsd: null,
      terms: termsOf(fields),
    };
  },
};
