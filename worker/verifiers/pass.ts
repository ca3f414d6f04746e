// The `pass`: what an earlier human proof bought, in place of a new one. A challenge asks for it
// where its caller held one when it was made, so that whoever gets off the human proof by showing a
// pass is charged to it. What is left in the purse is the ledger's to say.

import { SEALED_CHARS_MAX } from '../../core/proof/sealed-token.ts';
import { err, ok } from '../../core/result.ts';
import type { Verifier } from './verifier.ts';

export const pass: Verifier = {
  id: 'pass',
  offline: true,
  members: { p: { as: 'text', bytesMax: SEALED_CHARS_MAX } },
  parameters: () => null,
  // It was opened as soon as its owner had a name.
  verify: ({ call }) =>
    call.pass === null ? err('invalid-human-token') : ok({ strengthNanoUsd: 0 }),
};
