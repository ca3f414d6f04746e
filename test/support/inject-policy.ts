// The test policy of a gateway that writes its script tag into the pages under /pages.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export default definePolicy({
  ...base,
  injectClient: { protect: ['/api/chat', '/v1/chat/completions'], paths: ['/pages'] },
});
