// A name that begins like a priced one is another model.

import { bad } from '../base.ts';

export default bad({ 'routes.0.models': ['gpt-4o-mini-2099'] }, [
  'routes[0].models[0]',
  'has no price',
]);
