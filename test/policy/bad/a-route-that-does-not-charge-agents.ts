// Agents are admitted on every route, by their name: a route that leaves them out of its scopes
// would serve them for nothing.

import { bad } from '../base.ts';

const x = 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs';

export default bad(
  {
    'proof.agents': [{ id: 'nightly', publicKey: { kty: 'OKP', crv: 'Ed25519', x } }],
    'routes.0.scopes': ['key', 'ip'],
  },
  ['routes[0].scopes', 'keep "agent"'],
);
