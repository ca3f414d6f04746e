// A cheap route may leave scopes out, all but keys and addresses.

import { policyWith } from '../base.ts';

export default policyWith({ 'routes.0.scopes': ['key', 'ip'] });
