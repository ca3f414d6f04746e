// The user, if a token or a session cookie is shown and the policy says whose word counts. It is
// looked at only behind a challenge that we sealed. A token that is bound to a key counts only with
// a challenge that is bound to the same key: then that key has to sign, and a copy of the token is
// useless.

import { err, ok } from '../../core/result.ts';
import { signedIn } from '../signed-in.ts';
import { type Gate, rejected, unproven } from './gate.ts';

export const token: Gate = {
  name: 'token',
  async check(call, deps) {
    if (call.apiKey !== null || call.run !== null) return ok(call);
    const user = await signedIn(call, call.receivedAtMs, deps);
    if (!user.ok) return err(user.error);
    const jkt = user.value?.jkt ?? '';
    if (jkt !== '' && call.challenge?.jkt !== jkt) return rejected('jkt');
    return ok({ ...call, user: user.value });
  },
  observed: unproven,
};
