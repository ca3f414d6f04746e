// No signature verifies under such a key, or one that somebody else can make.

import { bad } from '../base.ts';

const one = 'A'.repeat(42) + 'E';

export default bad(
  {
    'proof.agents': [{ id: 'nightly', publicKey: { kty: 'EC', crv: 'P-256', x: one, y: one } }],
  },
  ['proof.agents[0].publicKey', 'of a point on the curve'],
);
