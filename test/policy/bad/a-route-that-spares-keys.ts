// One API key from a thousand addresses would have a thousand budgets.

import { bad } from '../base.ts';

export default bad({ 'routes.0.scopes': ['device', 'ip'] }, ['routes[0].scopes', 'keep "key"']);
