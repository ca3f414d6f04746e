// Which budget a page of it meets would depend on their order.

import { bad } from '../base.ts';

export default bad(
  {
    previews: [
      { id: 'p', suffix: '.a.example', limits: [{ window: 'day', usd: '1' }] },
      { id: 'q', suffix: '.b.a.example', limits: [{ window: 'day', usd: '1' }] },
    ],
  },
  ['previews[1].suffix', 'as well'],
);
