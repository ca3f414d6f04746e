// The test policy with a provider that has to begin its answer within a second, one foreign origin
// whose pages may call, and previews of it.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const LISTED_ORIGIN = 'https://app.example';
export const PREVIEW_ORIGIN = 'https://pr-7.preview.example';
export const PREVIEW = 'preview:pull-requests';
export const FIRST_BYTE_SECONDS_MAX = 1;

export default definePolicy({
  ...base,
  routes: base.routes.map((route) => ({ ...route, firstByteSecondsMax: FIRST_BYTE_SECONDS_MAX })),
  corsOrigins: [LISTED_ORIGIN, 'https://www.preview.example'],
  previews: [
    {
      id: 'pull-requests',
      suffix: '.preview.example',
      limits: [
        { window: 'day', usd: '1' },
        { window: 'day', requests: 1_000 },
      ],
    },
  ],
});
