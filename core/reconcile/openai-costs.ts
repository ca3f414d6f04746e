// Reads OpenAI's costs: the API's answer to `/v1/organization/costs` grouped by line item
// (https://platform.openai.com/docs/api-reference/usage/costs), whose amounts are numbers or texts
// such as `0E-6176`, and the dashboard's CSV with `amount_value`
// (https://help.openai.com/en/articles/10478918-api-usage-dashboard). A line item is `model, what`;
// one that is not keeps its whole name. Refuses other currencies and costs that are not itemised.

import { quoted } from './export.ts';
import type { ExportFormat } from './format.ts';

const OBJECT = 'organization.costs.result';

const TERMS = '(?:([a-z][a-z ]*) \\| )?';
const TOKEN_CLASS = '(?:(?:cached )?(?:audio |image |text )?(?:input|output)|cache writes?)';
/** `priority | gpt-4o-2024-08-06, cached input, long context` is a cost of gpt-4o-2024-08-06. */
const LINE_ITEM = new RegExp(`^${TERMS}([^,|]+), ${TOKEN_CLASS}(, long context)?$`, 'i');

export const openaiCosts: ExportFormat = {
  id: 'OpenAI costs',
  provider: 'openai',
  marks: ['amount_value', 'amount_currency', 'line_item'],
  startNames: ['start_time'],
  endNames: ['end_time'],
  csvColumns: ['start_time', 'amount_value', 'amount_currency', 'line_item'],
  read: (fields, day) => {
    const object = fields.optional('object');
    if (object !== null && object !== OBJECT) {
      fields.refuse(`is ${quoted(object)}, not a cost`);
    }
    const currency = fields.optional('amount_currency');
    if (currency?.toLowerCase() !== 'usd') {
      fields.refuse(`amount_currency is ${quoted(currency ?? '')}: only usd is read`);
    }
    const item = fields.name('line_item', 'export it grouped by line item');
    const match = LINE_ITEM.exec(item);
    const terms = [
      ...(match?.[1] === undefined ? [] : [match[1]]),
      ...(match?.[3] ? ['long context'] : []),
    ];
    return {
      provider: 'openai',
      day,
      model: match?.[2]?.trim() ?? item,
      requests: null,
      tokens: null,
      exactUsd: fields.usd('amount_value', 'dollars'),
      terms: terms.length === 0 ? null : terms.join(', '),
    };
  },
};
