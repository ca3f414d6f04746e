// Which named server or agent says that it calls: the one whose key a signature names. Nothing is
// checked here; whoever is named has to prove it to the `signature` verifier, and its challenge is
// nobody else's. Signatures by keys that are not ours are for somebody else and are passed over.

import { needsProof } from '../../core/call.ts';
import { signaturesBy } from '../../core/proof/http-signature.ts';
import { ok, present } from '../../core/result.ts';
import { testOutcomeOf } from '../test-proofs.ts';
import { type Gate, rejected } from './gate.ts';

export const signer: Gate = {
  name: 'signer',
  check(call, { policy: { agents } }) {
    // A caller with an API key is known by it.
    if (agents.size === 0 || !needsProof(call) || call.apiKey !== null) return ok(call);
    // A test proof stands for every proof: it must not stand for who signed.
    if (call.challenge !== null && testOutcomeOf(call.challenge) !== null) return ok(call);
    const field = call.headers.get('Signature-Input');
    if (field === null) return ok(call);
    const [found, another] = signaturesBy(field, (keyId) => agents.has(keyId));
    if (found === undefined) return ok(call);
    // Two names for one caller.
    if (another !== undefined) return rejected('malformed');
    const { id, keyId } = present(agents.get(found.keyId), 'agent');
    return ok({ ...call, agent: { id, keyId } });
  },
};
