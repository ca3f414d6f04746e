// A route that offers nothing would price its challenges at nothing.

import { bad } from '../base.ts';

export default bad({ 'routes.0.models': [] }, ['routes[0].models', 'at least one']);
