// Reads what was said before on an app's own route, and puts it into what goes up: only now that
// the call is proven and the longest history is on hold, so that strangers reach no shelf. The
// output ceiling stays the one that was granted. A conversation that is not this caller's is not
// there.

import { withHistory } from '../core/app/history.ts';
import { CONVERSATION_ID_BYTES } from '../core/app/said.ts';
import { toBase64Url } from '../core/bytes.ts';
import type { Call } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import type { Deps } from './env.ts';
import { forwardedBody } from './gates/price.ts';
import type { Reservation } from './reserve.ts';

type Hydrated = Result<Call, Denial>;

async function withPast(call: Call, deps: Deps): Promise<Hydrated> {
  const { route } = call;
  const talk = present(call.talk, 'talk');
  if (talk.conversationId === null) {
    const conversationId = toBase64Url(deps.randomBytes(CONVERSATION_ID_BYTES));
    return ok({ ...call, talk: { ...talk, conversationId, isNew: true } });
  }
  const turns = await deps.shelves.read(call, talk);
  if (turns === null) return err({ kind: 'conversation-not-continued', reason: 'id' });
  if (turns.length === 0) return ok(call);
  const ask = present(call.ask, 'ask');
  const shape = present(route.dialect.anatomy?.said, 'said');
  const body = withHistory(ask.body, turns, present(route.app, 'app'), shape);
  const told = { ...call, ask: { ...ask, body } };
  const tokens = present(call.outputTokensMax, 'outputTokensMax');
  return ok({ ...told, forwarded: forwardedBody(told, tokens, deps.policy.realm) });
}

export async function hydrate(
  reservation: Reservation,
  deps: Deps,
): Promise<Result<Reservation, Denial>> {
  if (reservation.call.route.app === null) return ok(reservation);
  const call = await withPast(reservation.call, deps).catch((cause: unknown): Hydrated =>
    err({ kind: 'ledger-unreachable', cause: String(cause) }),
  );
  return call.ok ? ok({ ...reservation, call: call.value }) : call;
}
