// All that can be said of how a request may look.

import { policyWith } from '../base.ts';

export default policyWith({
  'routes.0.shape': {
    messagesMax: 40,
    documentsMax: 6,
    fileBytesMax: 5_000_000,
    fileTypes: ['png', 'jpeg', 'webp', 'pdf', 'text'],
    jsonDepthMax: 16,
    jsonKeysMax: 2_000,
    otherwise: 'clamp',
    fields: {
      temperature: { min: 0, max: 1, otherwise: 'clamp' },
      top_p: { max: 1, otherwise: 'refuse' },
      seed: 'drop',
      logprobs: 'refuse',
    },
  },
});
