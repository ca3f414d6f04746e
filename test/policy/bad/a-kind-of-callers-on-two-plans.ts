// Nobody could say which of them is meant.

import { bad } from '../base.ts';

export default bad(
  {
    plans: [
      { id: 'free', callers: ['user', 'device'] },
      { id: 'pro', callers: ['user'] },
    ],
  },
  ['plans[1].callers[0]', 'are on the plan "free"'],
);
