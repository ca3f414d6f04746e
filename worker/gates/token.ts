// The user's token, if one is shown and the policy says whose word counts. It is looked at only
// behind a challenge that we sealed. A token that is bound to a key counts only with a challenge
// that is bound to the same key: then that key has to sign, and a copy of the token is useless.

import { shownToken } from '../../core/access-token.ts';
import { err, ok } from '../../core/result.ts';
import { type Gate, rejected } from './gate.ts';

export const token: Gate = {
  name: 'token',
  async check(call, deps) {
    if (call.apiKey !== null || call.run !== null || deps.tokens === null) return ok(call);
    const shown = shownToken(call.headers);
    if (shown === null) return ok(call);
    const user = await deps.tokens.read(shown, call.receivedAtMs);
    if (!user.ok) return err(user.error);
    const { jkt } = user.value;
    if (jkt !== '' && call.challenge?.jkt !== jkt) return rejected('jkt');
    return ok({ ...call, user: user.value });
  },
};
