// Patterns are not supported, and a star would match itself only.

import { bad } from '../base.ts';

export default bad({ 'routes.0.path': '/api/*' }, ['routes.0.path', 'a plain absolute path']);
