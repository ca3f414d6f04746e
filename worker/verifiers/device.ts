// The `device` proof: a P-256 key that cannot leave its device signs the challenge, the body's
// digest, the method and the route; or shows a DPoP proof (RFC 9449), which covers all of that but
// the digest. Keys are free, so this names a device and ties a call to it; it costs a thief
// nothing, but what is signed cannot be relayed for another body.

import { BIND_SEED, type Challenge } from '../../core/proof/challenge.ts';
import { requires } from '../../core/proof/requirement.ts';
import { PUBLIC_KEY_BYTES, thumbprint } from '../../core/proof/thumbprint.ts';
import { signedMessage } from '../../core/proof/work.ts';
import { err, ok, present } from '../../core/result.ts';
import { SIGNATURE_BYTES } from '../adapters/imported-keys.ts';
import { dpopFailure } from './dpop-proof.ts';
import type { Verifier } from './verifier.ts';

/** Is the body's digest in the work? Then a signature need not cover it. */
const isBodyInWork = ({ bind, require }: Challenge): boolean =>
  bind === BIND_SEED && requires(require, 'work');

export const device: Verifier = {
  id: 'device',
  offline: true,
  members: {
    s: { as: 'bytes', bytesMax: SIGNATURE_BYTES },
    k: { as: 'bytes', bytesMax: PUBLIC_KEY_BYTES },
  },
  parameters: () => null,
  async verify(shown, deps) {
    const { call, challenge, evidence } = shown;
    const { s: signature, k: publicKey } = evidence.bytes;
    const dpop = call.headers.get('DPoP');
    if (dpop !== null) {
      const failure = await dpopFailure(dpop, shown, deps);
      if (failure !== null) return err(failure);
      const isAlone = signature === undefined && publicKey === undefined;
      if (isAlone && isBodyInWork(challenge)) return ok({ strengthNanoUsd: 0 });
    }
    if (publicKey === undefined || thumbprint(publicKey) !== challenge.jkt) return err('jkt');
    if (signature === undefined) return err('invalid-signature');
    const message = signedMessage({
      challengeWire: evidence.challengeWire,
      contentDigest: present(call.body, 'body').digest,
      method: call.method,
      route: call.route.id,
    });
    const signed = await deps.deviceKeys.verify(challenge.jkt, publicKey, signature, message);
    return signed ? ok({ strengthNanoUsd: 0 }) : err('invalid-signature');
  },
};
