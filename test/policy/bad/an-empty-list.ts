// An empty list looks like a limit and is none.

import { bad } from '../base.ts';

export default bad(
  { 'limits.ip': [], 'limits.tenant': [] },
  ['limits.ip', 'limits nothing'],
  ['limits.tenant', 'limits nothing'],
);
