// An agent is known by its name alone, so only a list for agents holds it back.

import { bad } from '../base.ts';

const x = 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs';

export default bad(
  {
    'proof.agents': [{ id: 'nightly', publicKey: { kty: 'OKP', crv: 'Ed25519', x } }],
    'limits.agent': [{ window: 'day', requests: 100 }],
  },
  ['limits.agent', 'could spend without end'],
);
