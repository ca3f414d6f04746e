// A misspelt model would be a model without a budget.

import { bad } from '../base.ts';

export default bad({ 'limits.model': { 'gpt-4o-mimi': [{ window: 'day', usd: '1' }] } }, [
  'limits.model.gpt-4o-mimi',
  'no route offers this model',
]);
