// The test policy with a route whose calls are read to their end when their caller leaves, beside
// one whose calls are stopped.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const DRAINED_PATH = '/v1/drained/chat/completions';

export default definePolicy({
  ...base,
  routes: base.routes.flatMap((route) =>
    route.path === '/v1/chat/completions'
      ? [route, { ...route, id: 'drained', path: DRAINED_PATH, onDisconnect: 'drain' as const }]
      : [route],
  ),
});
