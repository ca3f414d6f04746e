// Users by the cookie of the app, by what one of its servers says of it.

import { policyWith } from '../base.ts';
import { withSession } from '../identities.ts';

export default policyWith({
  ...withSession({ cacheSeconds: 60, asks: { atOnce: 10, perSecond: 1 }, plans: { gold: 'pro' } }),
  plans: [{ id: 'pro' }],
});
