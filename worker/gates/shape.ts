// Holds a call to its route's shape: how much prompt, how many answers, how many tools. The output
// ceiling is clamped rather than refused.

import type { Denial } from '../../core/denial.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Gate } from './gate.ts';

const refuse = (field: string, sentence: string): Denial => ({
  kind: 'shape-refused',
  field,
  sentence,
});

export const shape: Gate = {
  name: 'shape',
  check(call) {
    const { route } = call;
    const asked = route.dialect.readRequest(present(call.body, 'body').json);
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
    const outputTokensMax = Math.min(
      ask.outputTokensMax ?? route.outputTokensMax,
      route.outputTokensMax,
    );
    return ok({ ...call, ask, outputTokensMax });
  },
};
