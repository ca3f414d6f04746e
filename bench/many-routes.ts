// A policy of as many routes as there may be, as a host of many tenants has them: every twentieth
// is of the dialect whose models stand in the path, every tenth has limits of its own.

import { definePolicy } from '../core/policy/policy.ts';
import { ROUTES_MAX } from '../core/policy/schema.ts';
import { present } from '../core/result.ts';
import policy from './policy.ts';

const [first] = policy.routes;
const chat = present(first, 'a route');
const gemini = present(
  policy.routes.find(({ dialect }) => dialect === 'gemini'),
  'a route of the dialect',
);
const OWN = { key: [{ window: 'day', usd: '1' }], route: [{ window: 'day', usd: '50' }] } as const;

const routes = Array.from({ length: ROUTES_MAX }, (_, at) => ({
  ...(at % 20 === 19 ? gemini : chat),
  id: `tenant-${String(at)}`,
  path: `/tenant-${String(at)}/api/${at % 20 === 19 ? 'models' : 'chat'}`,
  ...(at % 10 === 3 ? { limits: { key: [...OWN.key], route: [...OWN.route] } } : {}),
}));

export default definePolicy({ ...policy, routes });
