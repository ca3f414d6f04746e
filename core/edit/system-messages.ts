// What becomes of texts that a caller writes above what users say: refused, or sent on as what a
// user said; and the route's own text before everything else. Instructions that the provider keeps
// cannot be seen here: where those of callers do not pass, those do not either.

import { err, ok } from '../result.ts';
import type { Edit } from './edit.ts';
import { refusal } from './refusal.ts';

export const systemMessages: Edit = {
  name: 'system-messages',
  edit(json, { system, dialect: { anatomy } }, isTried = false) {
    if (system === null || anatomy === undefined) return ok(null);
    const { callers, text } = system;
    const brought = anatomy.systemTexts(json);
    if (callers !== 'allow' && !isTried) {
      const kept = anatomy.keptField(json);
      if (kept !== null) {
        return err(refusal(kept, 'Instructions that the provider keeps are not taken here.'));
      }
    }
    if (callers === 'refuse' && brought > 0 && !isTried) {
      return err(refusal('system', 'System and developer messages are not taken here.'));
    }
    const said = callers === 'fence' && brought > 0 ? anatomy.fenced(json) : json;
    const whole = text === undefined ? said : anatomy.withSystem(said, text);
    if (whole === json) return ok(null);
    const changes = [{ field: 'system', from: brought, to: anatomy.systemTexts(whole) }];
    return ok({ json: whole, changes });
  },
};
