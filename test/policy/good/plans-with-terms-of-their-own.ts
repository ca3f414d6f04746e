// Two plans, a route that is for both of them on other terms, and one that only payers call.

import { policyWith, ROUTE } from '../base.ts';

export default policyWith({
  mode: { enforcePercent: 50 },
  rules: { 'over-requests': 'observe' },
  plans: [
    { id: 'free', callers: ['device', 'address'] },
    { id: 'pro', isPaid: true, callers: ['key'], limits: { key: [{ window: 'day', usd: '50' }] } },
  ],
  'routes.0.plans': {
    free: { promptCharsMax: 4_000, limits: { device: [{ window: 'day', requests: 20 }] } },
    pro: { models: ['gpt-5', 'gpt-4o-mini'], defaultModel: 'gpt-4o-mini' },
  },
  'routes.1': {
    ...ROUTE,
    id: 'dear',
    path: '/dear',
    models: ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'],
    requires: { paid: true, verified: true },
    modelRequires: [{ models: ['gpt-5'], needs: { paid: true } }],
    downgrade: { ladder: ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'], on: ['money', 'risk', 'plan'] },
    mode: 'observe',
    rules: { 'model-not-offered': 'enforce' },
  },
});
