// A whole top-level domain is nobody's preview.

import { bad } from '../base.ts';

export default bad(
  { previews: [{ id: 'p', suffix: '.example', limits: [{ window: 'day', usd: '1' }] }] },
  ['previews.0.suffix', 'two labels'],
);
