// Keys that no token of type 2 can be checked with: told at once, not at the first token.

import { bad } from '../base.ts';
import { ISSUER_KEY } from '../issuer-key.ts';

const RSA_ENCRYPTION = `MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A${ISSUER_KEY.slice(96)}`;

export default bad(
  {
    'proof.privateToken': {
      issuer: 'issuer.example',
      origin: 'shop.example',
      publicKeys: [`${ISSUER_KEY}==`, RSA_ENCRYPTION, ISSUER_KEY.slice(0, -4)],
    },
  },
  ['proof.privateToken.publicKeys[0]', 'without padding'],
  ['proof.privateToken.publicKeys[1]', 'no issuer key of token type 2'],
  ['proof.privateToken.publicKeys[2]', 'no issuer key of token type 2'],
);
