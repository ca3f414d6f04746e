// Whoever has an account there would be a preview.

import { bad } from '../base.ts';

export default bad(
  { previews: [{ id: 'p', suffix: '.pages.dev', limits: [{ window: 'day', usd: '1' }] }] },
  ['previews.0.suffix', 'anybody'],
);
