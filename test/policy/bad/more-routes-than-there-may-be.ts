// A policy is read at every cold start.

import { ROUTES_MAX } from '../../../core/policy/schema.ts';
import { bad, ROUTE } from '../base.ts';

const routes = Array.from({ length: ROUTES_MAX + 1 }, (_, at) => ({
  ...ROUTE,
  id: `chat-${String(at)}`,
  path: `/api/chat-${String(at)}`,
}));

export default bad({ routes }, ['routes', 'Too big']);
