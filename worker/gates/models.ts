// Only models the route offers, by exact name. A name that merely begins like one is another model.
// A route may take names it does not know, at the dearest price its provider has. What an origin
// does with a call is priced by its run, and bytes by the route.

import { err, ok, present } from '../../core/result.ts';
import { runPrice } from '../../core/policy/run.ts';
import type { Gate } from './gate.ts';

export const models: Gate = {
  name: 'models',
  check(call) {
    const { model } = present(call.ask, 'ask');
    const { route } = call;
    if (route.run !== null) return ok({ ...call, price: runPrice(route.id) });
    if (route.plain !== null) return ok({ ...call, price: route.plain });
    const known = route.models.get(model);
    if (known !== undefined) return ok({ ...call, price: known });
    if (route.unknownModels !== null) {
      return ok({ ...call, price: { ...route.unknownModels, model } });
    }
    return err({ kind: 'model-not-offered', model, offered: [...route.models.keys()] });
  },
};
