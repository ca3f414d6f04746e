// Holds a call to its route's shape: how much prompt, how many answers, how many tools, and nothing
// that bytes do not bound unless the route says what to hold for it. The output ceiling is clamped
// rather than refused, unless the route says otherwise.

import type { Call } from '../../core/call.ts';
import type { Ask } from '../../core/dialects/dialect.ts';
import { type Need, NEED_NAMES } from '../../core/dialects/need.ts';
import type { Denial } from '../../core/denial.ts';
import type { Route } from '../../core/policy/policy.ts';
import { err, ok, present, type Result } from '../../core/result.ts';
import { formPayloads, shapeFlaw } from '../../core/shape/judge.ts';
import { type Survey, surveyOf } from '../../core/shape/payloads.ts';
import { loopCallOf } from '../../core/run/loop.ts';
import { readAsk } from '../reading.ts';
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

/** The first thing about it that the route does not have. */
function shapeDenial(ask: Ask, survey: Survey, route: Route): Denial | null {
  if (ask.promptChars > route.promptCharsMax) {
    const most = String(route.promptCharsMax);
    return refuse('messages', `All messages together may have ${most} characters at most.`);
  }
  if (ask.choices > route.choicesMax) {
    return refuse('n', `At most ${String(route.choicesMax)} may be asked for here.`);
  }
  if (ask.tools > route.toolsMax) {
    return refuse('tools', `At most ${String(route.toolsMax)} tools are offered here.`);
  }
  const flaw = shapeFlaw(ask, survey, route.shape);
  return flaw === null ? null : refuse(flaw.field, flaw.sentence);
}

type Looked = { readonly ask: Ask; readonly survey: Survey };

/** As its dialect reads it, and as it looks in any. */
function look(call: Call): Result<Looked, Denial> {
  const asked = readAsk(call);
  if (!asked.ok) return asked;
  const { json, form } = present(call.body, 'body');
  const { documents, payloads } = surveyOf(json);
  const survey = { documents, payloads: [...payloads, ...formPayloads(form)] };
  return ok({ ask: documents === 0 ? asked.value : { ...asked.value, documents }, survey });
}

/** The output ceiling: what is asked for, at most what the route has. */
function ceilingDenial({ isFixed, outputTokensMax: asks }: Ask, route: Route): Denial | null {
  if (asks === null || asks <= route.outputTokensMax) return null;
  const most = String(route.outputTokensMax);
  if (isFixed) {
    return refuse('body', `This comes to more than the ${most} output tokens offered here.`);
  }
  if (route.shape.otherwise !== 'refuse') return null;
  return refuse('max_tokens', `At most ${most} output tokens are offered here.`);
}

export const shape: Gate = {
  name: 'shape',
  check(call) {
    const { route } = call;
    const looked = look(call);
    if (!looked.ok) return looked;
    const { ask, survey } = looked.value;
    const denial =
      shapeDenial(ask, survey, route) ?? needDenial(ask, route) ?? ceilingDenial(ask, route);
    if (denial !== null) return err(denial);
    const from = ask.outputTokensMax ?? route.outputTokensMax;
    const to = Math.min(from, route.outputTokensMax);
    const changes =
      from === to ? call.changes : [...call.changes, { field: 'output-tokens', from, to }];
    return ok({ ...call, ask, loop: loopCallOf(route, ask), outputTokensMax: to, changes });
  },
  /** As it was asked for; what bytes do not bound is never let through unpriced. */
  observed(call) {
    const looked = look(call);
    if (!looked.ok || needDenial(looked.value.ask, call.route) !== null) return null;
    const { ask } = looked.value;
    const { route } = call;
    const outputTokensMax = ask.outputTokensMax ?? route.outputTokensMax;
    return { ...call, ask, loop: loopCallOf(route, ask), outputTokensMax };
  },
};
