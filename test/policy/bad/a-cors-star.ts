// Everybody is not an origin.

import { bad } from '../base.ts';

export default bad({ corsOrigins: ['*'] }, ['corsOrigins.0', 'origin']);
