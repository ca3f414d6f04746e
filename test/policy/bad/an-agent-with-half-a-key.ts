// A key that cannot be one is told when the policy is loaded, not when the agent calls.

import { bad } from '../base.ts';

export default bad(
  {
    'proof.agents': [
      { id: 'crawler', publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' } },
      { id: 'crawler', publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } },
    ],
  },
  ['proof.agents[0].publicKey', 'is no key'],
  ['proof.agents[1].id', 'another agent is called "crawler"'],
);
