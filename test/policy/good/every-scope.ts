// Every scope has a list, and a route names every one of them.

import { SCOPES } from '../../../core/policy/scope.ts';
import { policyWith } from '../base.ts';

const DAY = [{ window: 'day', usd: '1' }];

export default policyWith({
  'limits.user': DAY,
  'limits.ipWide': DAY,
  'limits.ipWideWithKey': DAY,
  'limits.cohort': DAY,
  'limits.tenant': DAY,
  'limits.model': { 'gpt-4o-mini': DAY },
  'limits.global': DAY,
  'routes.0.limits': {
    user: DAY,
    key: DAY,
    device: DAY,
    ip: DAY,
    ipWide: DAY,
    tenant: DAY,
    route: DAY,
  },
  'routes.0.scopes': [...SCOPES],
});
