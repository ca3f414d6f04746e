// No provider speaks an app's own stream.

import { bad } from '../base.ts';

export default bad({ 'routes.0.dialect': 'ai-sdk-ui' }, ['routes[0].origin', 'name the origin']);
