// No shared budget rolls, whoever shares it.

import { bad } from '../base.ts';

export default bad(
  {
    'limits.cohort': [{ window: 'rolling-day', usd: '1' }],
    'limits.tenant': [{ window: 'rolling-day', usd: '1' }],
    'limits.global': [{ window: 'rolling-day', usd: '1' }],
    'limits.model': { 'gpt-4o-mini': [{ window: 'rolling-day', usd: '1' }] },
    'routes.0.limits': { route: [{ window: 'rolling-day', usd: '1' }] },
  },
  ['limits.cohort[0]', 'spent from slices'],
  ['limits.tenant[0]', 'spent from slices'],
  ['limits.global[0]', 'spent from slices'],
  ['limits.model.gpt-4o-mini[0]', 'spent from slices'],
  ['routes[0].limits.route[0]', 'spent from slices'],
);
