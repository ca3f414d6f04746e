// Device keys are free: without the address a stranger would have no budget.

import { bad } from '../base.ts';

export default bad({ 'routes.0.scopes': ['key', 'device'] }, ['routes[0].scopes', 'keep "ip"']);
