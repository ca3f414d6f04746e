// Every proof there is, asked of different callers at different levels of suspicion.

import { policyWith } from '../base.ts';
import { ISSUER_KEY } from '../issuer-key.ts';

export default policyWith({
  proof: {
    floorHashes: 256,
    capHashes: 4_096,
    rules: [
      { callers: ['address', 'device'], riskMin: 3, require: ['work', 'human'], bind: 'seed' },
      { callers: ['device'], require: ['work', 'device', 'private-token'] },
      { routes: ['chat'], callers: ['agent'], require: ['signature', 'work'] },
    ],
    human: {
      siteKey: '1x00000000000000000000AA',
      secret: 'TURNSTILE_SECRET',
      hostnames: ['shop.example'],
      every: { usd: '0.004' },
    },
    privateToken: { issuer: 'issuer.example', publicKeys: [ISSUER_KEY], origin: 'shop.example' },
    agents: [{ id: 'crawler', publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } }],
  },
});
