// Only models the route offers, by exact name. A name that merely begins like one is another model.

import { err, ok, present } from '../../core/result.ts';
import type { Gate } from './gate.ts';

export const models: Gate = {
  name: 'models',
  check(call) {
    const { model } = present(call.ask, 'ask');
    const price = call.route.models.get(model);
    if (price === undefined) {
      return err({ kind: 'model-not-offered', model, offered: [...call.route.models.keys()] });
    }
    return ok({ ...call, price });
  },
};
