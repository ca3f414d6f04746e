// An app of one's own, with ceilings for what it sets in motion.

import { policyWith } from '../base.ts';
import { AT_ORIGIN } from '../upstreams.ts';

export default policyWith(AT_ORIGIN);
