// The test policy with somebody who wants to be told: of each key's requests, and of all requests
// of the first route.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

const [first, ...rest] = base.routes;
if (first === undefined) throw new Error('the shipped policy has no route');

export const ROUTE_ID = first.id;

export default definePolicy({
  ...base,
  routes: [
    { ...first, limits: { ...first.limits, route: [{ window: 'day', requests: 1_600 }] } },
    ...rest,
  ],
  alerts: [
    { id: 'keys', principal: 'key', window: 'day', unit: 'requests', percents: [50, 80, 100] },
    {
      id: 'chat',
      principal: `route:${first.id}`,
      window: 'day',
      unit: 'requests',
      percents: [5, 100],
    },
  ],
});
