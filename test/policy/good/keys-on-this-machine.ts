// A provider that stands in for the real one, for local work.

import { policyWith } from '../base.ts';
import { withJwt } from '../identities.ts';

export default policyWith(withJwt({ jwks: { url: 'http://127.0.0.1:8788/jwks' } }));
