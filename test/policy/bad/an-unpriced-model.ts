// A model without a price would be sold for nothing.

import { bad } from '../base.ts';

export default bad({ 'routes.0.models': ['gpt-4o-mini', 'gpt-99'] }, [
  'routes[0].models[1]',
  '"gpt-99" has no price',
]);
