// Puts a call on the terms of its caller's plan, and holds the route to those it is for. By now
// everything that can name a caller has been read. A name that a proof has still to prove entitles
// to nothing yet: the proof gate comes before any money.

import { meets, needsOf, planOf } from '../../core/policy/entitlement.ts';
import type { Call } from '../../core/call.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { err, ok } from '../../core/result.ts';
import type { Gate } from './gate.ts';

function onPlan(call: Call, policy: Policy): Call {
  const plan = planOf(call, policy);
  return { ...call, plan, route: call.route.byPlan.get(plan?.id ?? '') ?? call.route };
}

export const plan: Gate = {
  name: 'plan',
  check(call, { policy }) {
    // A step is on the terms of the call that opened its run.
    if (call.run !== null) return ok(call);
    const { route } = call;
    const planned = onPlan(call, policy);
    const { offeredTo, requires } = route;
    if (offeredTo !== null && !offeredTo.includes(planned.plan?.id ?? '')) {
      return err({ kind: 'plan-required', plans: offeredTo, needs: [] });
    }
    if (requires !== null && !meets(requires, planned)) {
      return err({ kind: 'plan-required', plans: [], needs: needsOf(requires) });
    }
    return ok(planned);
  },
  observed: (call, _denial, { policy }) => onPlan(call, policy),
};
