// The AI SDK's own route.

import { policyWith } from '../base.ts';
import { AT_ORIGIN } from '../upstreams.ts';

export default policyWith({
  ...AT_ORIGIN,
  'routes.0.dialect': 'ai-sdk-ui',
  'routes.0.extraFields': ['chatId'],
});
