// A request has no price of its own: a hundred dear ones are dear.

import { bad } from '../base.ts';

export default bad(
  {
    previews: [{ id: 'p', suffix: '.preview.example', limits: [{ window: 'day', requests: 100 }] }],
  },
  ['previews[0].limits', 'dollars'],
);
