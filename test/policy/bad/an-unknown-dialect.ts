// What is not understood cannot be priced.

import { bad } from '../base.ts';

export default bad({ 'routes.0.dialect': 'openai' }, ['routes.0.dialect', 'openai-chat']);
