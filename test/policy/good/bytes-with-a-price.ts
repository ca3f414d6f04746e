// A body that nobody reads, at a price by its bytes.

import { policyWith } from '../base.ts';
import { PLAIN } from '../upstreams.ts';

export default policyWith({
  'routes.0.dialect': 'plain',
  'routes.0.models': [],
  'routes.0.plain': PLAIN,
});
