// Which of them signed a token could not be told.

import { bad } from '../base.ts';
import { EC_KEY, withJwt } from '../identities.ts';

export default bad(
  withJwt({
    jwks: {
      keys: [
        { ...EC_KEY, kid: undefined },
        { ...EC_KEY, kid: 'b' },
      ],
    },
  }),
  ['identities.jwt.jwks.keys[0]', 'kid'],
);
