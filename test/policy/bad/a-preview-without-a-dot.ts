// `evil-preview.example` ends with it as well.

import { bad } from '../base.ts';

export default bad(
  { previews: [{ id: 'p', suffix: 'preview.example', limits: [{ window: 'day', usd: '1' }] }] },
  ['previews.0.suffix', 'suffix'],
);
