// A path begins at the root.

import { bad } from '../base.ts';

export default bad({ 'routes.0.path': 'api/chat' }, ['routes.0.path', 'a plain absolute path']);
