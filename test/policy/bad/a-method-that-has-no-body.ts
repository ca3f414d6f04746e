// Only a POST carries a call to a model.

import { bad } from '../base.ts';

export default bad({ 'routes.0.method': 'GET' }, ['routes.0.method', 'POST']);
