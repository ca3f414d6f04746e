// Dollars are strings, prices too.

import { bad } from '../base.ts';

export default bad({ prices: [{ kind: 'openai', model: 'x', usdPerMillion: { input: 0.1 } }] }, [
  'prices.0.usdPerMillion.input',
  'expected string',
]);
