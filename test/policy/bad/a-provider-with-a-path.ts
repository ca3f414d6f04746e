// The path belongs to the route; joined to another it would be a third.

import { bad } from '../base.ts';

export default bad({ 'providers.0.baseUrl': 'https://api.openai.com/v1/' }, [
  'providers.0.baseUrl',
  'origin',
]);
