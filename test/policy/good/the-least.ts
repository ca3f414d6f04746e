// The base of every bad policy is itself good.

import { policyWith } from '../base.ts';

export default policyWith();
