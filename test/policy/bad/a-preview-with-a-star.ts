// A suffix is a suffix, and no pattern.

import { bad } from '../base.ts';

export default bad(
  { previews: [{ id: 'p', suffix: '*.preview.example', limits: [{ window: 'day', usd: '1' }] }] },
  ['previews.0.suffix', 'suffix'],
);
