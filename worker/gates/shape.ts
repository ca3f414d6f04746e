// Holds a call to its route's shape: how much prompt, how many answers, how many tools, and nothing
// that bytes do not bound unless the route says what to hold for it. The output ceiling is clamped
// rather than refused.

import type { Ask } from '../../core/dialects/dialect.ts';
import { type Need, NEED_NAMES } from '../../core/dialects/need.ts';
import type { Denial } from '../../core/denial.ts';
import type { Route } from '../../core/policy/policy.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Gate } from './gate.ts';

const refuse = (field: string, sentence: string): Denial => ({
  kind: 'shape-refused',
  field,
  sentence,
});

/** How many of a kind of media there are, and how many there may be. */
function tooMany(need: Need, { media }: Ask, { allow }: Route): number | null {
  const [count, most] =
    need === 'images'
      ? [media.images, allow.images?.most]
      : need === 'files'
        ? [media.files, allow.files?.most]
        : need === 'audio'
          ? [media.audios, allow.audio?.most]
          : [0, 0];
  return most !== undefined && count > most ? most : null;
}

function needDenial(ask: Ask, route: Route): Denial | null {
  for (const need of ask.needs) {
    if (route.allow[need] === undefined) {
      return refuse(need, `${NEED_NAMES[need]} is not offered here.`);
    }
    const most = tooMany(need, ask, route);
    if (most !== null) return refuse(need, `At most ${String(most)} of these are offered here.`);
  }
  const offered = route.allow.serverTools?.names ?? [];
  const other = ask.serverTools.find((name) => !offered.includes(name));
  return other === undefined ? null : refuse('tools', `The tool "${other}" is not offered here.`);
}

export const shape: Gate = {
  name: 'shape',
  check(call) {
    const { route, target } = call;
    const { json, form, bytes, contentType } = present(call.body, 'body');
    const { extraFields } = route;
    const asked = route.dialect.readRequest({
      json,
      form,
      bytes,
      contentType,
      target,
      extraFields,
      provider: route.provider?.kind ?? 'openai',
    });
    if (!asked.ok) return asked;
    const ask = asked.value;
    if (ask.promptChars > route.promptCharsMax) {
      const most = String(route.promptCharsMax);
      return err(refuse('messages', `All messages together may have ${most} characters at most.`));
    }
    if (ask.choices > route.choicesMax) {
      return err(refuse('n', `At most ${String(route.choicesMax)} choices are offered here.`));
    }
    if (ask.tools > route.toolsMax) {
      return err(refuse('tools', `At most ${String(route.toolsMax)} tools are offered here.`));
    }
    const denial = needDenial(ask, route);
    if (denial !== null) return err(denial);
    const asks = ask.outputTokensMax ?? route.outputTokensMax;
    if (ask.isFixed && asks > route.outputTokensMax) {
      const most = String(route.outputTokensMax);
      return err(refuse('body', `This comes to more than the ${most} output tokens offered here.`));
    }
    return ok({ ...call, ask, outputTokensMax: Math.min(asks, route.outputTokensMax) });
  },
};
