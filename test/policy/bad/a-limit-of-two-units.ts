// Whether both caps or either of them was meant, nobody can tell.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.0': { window: 'day', usd: '1', inputTokens: 10 } }, [
  'limits.ip[0]',
  'write usd and inputTokens as entries',
]);
