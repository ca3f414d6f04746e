// What many share is spent from slices of a calendar window.

import { bad } from '../base.ts';

export default bad(
  {
    previews: [
      { id: 'p', suffix: '.preview.example', limits: [{ window: 'rolling-day', usd: '1' }] },
    ],
  },
  ['previews[0].limits[0]', 'slices'],
);
