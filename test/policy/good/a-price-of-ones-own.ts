// A model that the catalogue does not know yet.

import { policyWith } from '../base.ts';

export default policyWith({
  'routes.0.models': ['gpt-next'],
  prices: [{ kind: 'openai', model: 'gpt-next', usdPerMillion: { input: '3', output: '15' } }],
});
