// Nothing is not a policy that allows everything.

import type { BadPolicy } from '../base.ts';

export default { policy: null, errors: [['policy', 'object']] } satisfies BadPolicy;
