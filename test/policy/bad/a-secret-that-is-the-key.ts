// The policy names the secret; it never contains it.

import { bad } from '../base.ts';

export default bad({ 'providers.0.apiKeySecret': 'sk-proj-abc' }, [
  'providers.0.apiKeySecret',
  'write a name in capitals',
]);
