// Every call is counted in every entry.

import { bad } from '../base.ts';

export default bad(
  {
    'limits.ip': ['minute', 'hour', 'day'].flatMap((window) =>
      Array.from({ length: 11 }, (_, index) => ({ window, requests: index + 1 })),
    ),
  },
  ['limits.ip', '<=32'],
);
