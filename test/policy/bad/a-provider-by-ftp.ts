// A provider speaks HTTP.

import { bad } from '../base.ts';

export default bad({ 'providers.0.baseUrl': 'ftp://api.openai.com' }, [
  'providers.0.baseUrl',
  'origin',
]);
