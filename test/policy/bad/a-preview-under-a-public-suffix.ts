// Every shop of a country would be a preview.

import { bad } from '../base.ts';

export default bad(
  { previews: [{ id: 'p', suffix: '.co.uk', limits: [{ window: 'day', usd: '1' }] }] },
  ['previews.0.suffix', 'anybody'],
);
