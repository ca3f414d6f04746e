// A path is written plainly, not as it looks on the wire.

import { bad } from '../base.ts';

export default bad({ 'routes.0.path': '/api%2fchat' }, ['routes.0.path', 'a plain absolute path']);
