// Reads Anthropic's costs: the Admin API's answer to `/v1/organizations/cost_report` grouped by
// description, whose amounts are decimal texts in CENTS
// (https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-cost-report), and the Console's
// CSV, `claude_api_cost_….csv`, whose `cost_usd` is in dollars
// (https://support.claude.com/en/articles/9534590-cost-and-usage-reporting-in-the-claude-console).
// A cost that is no model's keeps what it is described as. Refuses other currencies.

import { quoted } from './export.ts';
import type { ExportFormat } from './format.ts';

export const anthropicCosts: ExportFormat = {
  id: 'Anthropic costs',
  provider: 'anthropic',
  marks: ['amount', 'currency', 'cost_usd', 'list_price_usd'],
  startNames: ['starting_at', 'usage_date_utc'],
  endNames: ['ending_at'],
  csvColumns: ['usage_date_utc', 'model', 'cost_usd'],
  read: (fields, day) => {
    const csv = fields.optional('usage_date_utc') !== null;
    const currency = fields.optional('currency');
    if (!csv && currency?.toUpperCase() !== 'USD') {
      fields.refuse(`currency is ${quoted(currency ?? '')}: only USD is read`);
    }
    const named = ['model', 'description', 'cost_type'].find(
      (name) => fields.optional(name) !== null,
    );
    return {
      provider: 'anthropic',
      day,
      model: fields.name(named ?? 'model', 'export it grouped by description'),
      requests: null,
      tokens: null,
      exactUsd: csv ? fields.usd('cost_usd', 'dollars') : fields.usd('amount', 'cents'),
      terms: null,
    };
  },
};
