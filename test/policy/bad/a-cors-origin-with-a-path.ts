// A browser's Origin has no path: this one would never be matched.

import { bad } from '../base.ts';

export default bad({ corsOrigins: ['https://app.example/'] }, ['corsOrigins.0', 'origin']);
