// They would share one budget, and nobody could tell which is meant.

import { bad } from '../base.ts';

export default bad(
  {
    previews: [
      { id: 'p', suffix: '.a.example', limits: [{ window: 'day', usd: '1' }] },
      { id: 'p', suffix: '.b.example', limits: [{ window: 'day', usd: '1' }] },
    ],
  },
  ['previews[1].id', 'another preview'],
);
