// A preview is found at the usual port.

import { bad } from '../base.ts';

export default bad(
  {
    previews: [{ id: 'p', suffix: '.preview.example:8443', limits: [{ window: 'day', usd: '1' }] }],
  },
  ['previews.0.suffix', 'suffix'],
);
