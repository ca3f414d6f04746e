// The header `DPoP` as proof of a device key (RFC 9449): for this request, with the nonce of this
// challenge, by the key the challenge names. Cheap comparisons first, the signature last.

import { jwtVerify } from 'jose/jwt/verify';
import { shownToken } from '../../core/access-token.ts';
import { utf8 } from '../../core/bytes.ts';
import { isForRequest, readDpopProof } from '../../core/proof/dpop.ts';
import type { ProofFailure } from '../../core/proof/index.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import type { Deps } from '../env.ts';
import type { Shown } from './verifier.ts';

export async function dpopFailure(
  header: string,
  { call, challenge }: Shown,
  deps: Deps,
): Promise<ProofFailure | null> {
  const proof = readDpopProof(header);
  if (proof === null) return 'invalid-dpop';
  if (thumbprint(proof.point) !== challenge.jkt) return 'jkt';
  const token = call.user === null ? null : shownToken(call.headers);
  const isForThis = isForRequest(proof, {
    method: call.method,
    url: call.url,
    nowSeconds: Math.floor(call.receivedAtMs / 1_000),
    nonce: challenge.nonce,
    tokenHash: token === null ? null : sha256(utf8(token.text)),
  });
  if (!isForThis) return 'invalid-dpop';
  const key = await deps.deviceKeys.keyOf(challenge.jkt, proof.point);
  if (key === null) return 'invalid-dpop';
  try {
    await jwtVerify(header, key, {
      algorithms: ['ES256'],
      typ: 'dpop+jwt',
      currentDate: new Date(call.receivedAtMs),
    });
    return null;
  } catch {
    return 'invalid-dpop';
  }
}
