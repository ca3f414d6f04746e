// Previews are https, always: only the end of the host is written.

import { bad } from '../base.ts';

export default bad(
  {
    previews: [
      { id: 'p', suffix: 'https://.preview.example', limits: [{ window: 'day', usd: '1' }] },
    ],
  },
  ['previews.0.suffix', 'suffix'],
);
