// Fewer than 16 tokens are not worth a call.

import { bad } from '../base.ts';

export default bad({ 'routes.0.outputTokensMax': 15 }, ['routes.0.outputTokensMax', '>=16']);
