// Pages of the origin get the script tag, here those of the shop and of the help.

import { policyWith } from '../base.ts';

export default policyWith({
  injectClient: { protect: ['/api/chat'], paths: ['/shop', '/help/'], prepare: 'intent' },
});
