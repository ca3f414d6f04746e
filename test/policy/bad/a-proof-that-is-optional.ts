// There is no route on which nobody is asked for anything.

import { bad } from '../base.ts';

export default bad({ 'routes.0.proof': 'never' }, ['routes.0.proof', 'anonymous']);
