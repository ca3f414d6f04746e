// Browsers write hosts in lower case: nothing could match.

import { bad } from '../base.ts';

export default bad(
  { previews: [{ id: 'p', suffix: '.Preview.example', limits: [{ window: 'day', usd: '1' }] }] },
  ['previews.0.suffix', 'suffix'],
);
