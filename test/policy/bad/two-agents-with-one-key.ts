// A signature names its agent by the key: one key for two would let either spend for the other.

import { bad } from '../base.ts';

const publicKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
};

export default bad(
  {
    'proof.agents': [
      { id: 'nightly', publicKey },
      { id: 'crawler', publicKey },
    ],
  },
  ['proof.agents[1].publicKey', 'is the key of another agent'],
);
