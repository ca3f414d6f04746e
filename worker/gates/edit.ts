// Rewrites what the route's rules are about, in the JSON that was received: what the dialect reads,
// what is priced and what is sent is what they left. On an app's own route all of it is built here,
// around the one message that was received. What was hashed stays what came.

import { composed } from '../../core/app/compose.ts';
import { readSaid } from '../../core/app/said.ts';
import type { Call } from '../../core/call.ts';
import { edited } from '../../core/edit/index.ts';
import { record } from '../../core/dialects/json-value.ts';
import { ok, present } from '../../core/result.ts';
import type { Gate, Verdict } from './gate.ts';

/** What the policy says is no change of what was asked for: nothing else can be asked for. */
function built(call: Call): Verdict {
  const { route } = call;
  const body = present(call.body, 'body');
  const app = present(route.app, 'app');
  const said = readSaid(body.json, app);
  if (!said.ok) return said;
  const { message, conversationId } = said.value;
  const model = route.defaultModel ?? present(route.models.keys().next().value, 'model');
  const json = composed(said.value, { ...route, app, model });
  const talk = { message, conversationId, isNew: false };
  return ok({ ...call, talk, body: { ...body, json } });
}

function rewritten(call: Call, isTried: boolean): Verdict {
  const { route } = call;
  const body = present(call.body, 'body');
  // What is no object is the dialect's to refuse.
  if (route.dialect.bodyKind !== 'json' || Array.isArray(body.json)) return ok(call);
  if (typeof body.json !== 'object' || body.json === null) return ok(call);
  const result = edited(record(body.json), route, isTried);
  if (!result.ok) return result;
  const { json, changes } = result.value;
  if (changes.length === 0) return ok(call);
  return ok({ ...call, body: { ...body, json }, changes: [...call.changes, ...changes] });
}

export const edit: Gate = {
  name: 'edit',
  check: (call) => (call.route.app === null ? rewritten(call, false) : built(call)),
  /** Without the refusal, and with all else that is rewritten: a text that is pinned is pinned. */
  observed(call) {
    const next = call.route.app === null ? rewritten(call, true) : null;
    return next?.ok === true ? next.value : null;
  },
};
