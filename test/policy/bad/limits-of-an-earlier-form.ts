// One object for all windows and units was the form of earlier releases.

import { bad } from '../base.ts';

export default bad({ 'limits.ip': { dayUsd: '4', monthUsd: '40' } }, [
  'limits.ip',
  'write a list of limits',
]);
