// A scope with a letter too many would be a list that binds nobody.

import { bad } from '../base.ts';

export default bad({ 'limits.tenants': [{ window: 'day', usd: '1' }] }, ['limits', 'tenants']);
