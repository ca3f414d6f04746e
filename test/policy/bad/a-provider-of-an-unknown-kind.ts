// Its prices would be nobody's.

import { bad } from '../base.ts';

export default bad({ 'providers.0.kind': 'opanai' }, ['providers.0.kind', 'Invalid option']);
