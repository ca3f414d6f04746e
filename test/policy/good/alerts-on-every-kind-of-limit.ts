// A purse, one of a plan or of a route alone, the agents' as that of keys, and every shared budget.

import { policyWith } from '../base.ts';

const one = (principal: string, window: string, unit: string, percents = [50, 80, 100]) => ({
  id: `${principal.replace(/[^a-z0-9]/gi, '-').toLowerCase()}-${window}`,
  principal,
  window,
  unit,
  percents,
});

export default policyWith({
  'limits.global': [{ window: 'month', usd: '100' }],
  'limits.tenant': [{ window: 'day', usd: '10' }],
  'limits.cohort': [{ window: 'day', usd: '10' }],
  'limits.ipWideWithKey': [{ window: 'day', usd: '10' }],
  'limits.ipWide': [{ window: 'hour', usd: '10' }],
  'limits.model': { 'gpt-4o-mini': [{ window: 'day', outputTokens: 1_000_000 }] },
  plans: [{ id: 'pro', limits: { user: [{ window: 'week', usd: '5' }] } }],
  'routes.0.limits': {
    device: [{ window: 'hour', requests: 20 }],
    route: [{ window: 'lifetime', usd: '50' }],
  },
  previews: [{ id: 'pulls', suffix: '.preview.example', limits: [{ window: 'day', usd: '1' }] }],
  alerts: [
    one('global', 'month', 'usd', [1]),
    one('tenant', 'day', 'usd'),
    one('tenant:acme', 'day', 'usd', [90]),
    one('cohort', 'day', 'usd'),
    one('ip', 'day', 'requests'),
    one('ipWide', 'day', 'usd'),
    one('ipWide', 'hour', 'usd'),
    one('user', 'week', 'usd'),
    one('key', 'day', 'usd'),
    one('agent', 'month', 'requests'),
    one('device', 'hour', 'requests'),
    one('model:gpt-4o-mini', 'day', 'outputTokens'),
    one('route:chat', 'lifetime', 'usd'),
    one('preview:pulls', 'day', 'usd'),
  ],
});
