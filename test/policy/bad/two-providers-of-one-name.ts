// A route's key would go to whichever of them was found first.

import { bad, PROVIDER } from '../base.ts';

export default bad({ 'providers.1': { ...PROVIDER, baseUrl: 'https://other.example' } }, [
  'providers[1].id',
  'another provider is called "openai"',
]);
