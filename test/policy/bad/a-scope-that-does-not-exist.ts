// What a route charges is one of the known scopes.

import { bad } from '../base.ts';

export default bad({ 'routes.0.scopes': ['key', 'ip', 'planet'] }, ['routes.0.scopes.2', 'ipWide']);
