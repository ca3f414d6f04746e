// Where a route can go beside the provider of the base, and what that takes.

import { REMOVED } from './base.ts';

export const ORIGIN = {
  id: 'app',
  baseUrl: 'https://app.example',
  baseUrlVariable: 'APP_BASE_URL',
  grantSecret: 'APP_GRANT_SECRET',
} as const;

export const RUN = {
  usd: '0.25',
  stepsMax: 8,
  toolCallsMax: 20,
  outputTokensMax: 1_000,
  inputBytesMax: 65_536,
  seconds: 120,
  providers: ['openai'],
} as const;

export const PLAIN = {
  usdPerRequest: '0.001',
  usdPerMegabyteIn: '0.01',
  usdPerMegabyteOut: '0.10',
  answerBytesMax: 1_048_576,
} as const;

/** The base's route at the origin instead of the provider. */
export const AT_ORIGIN = {
  origins: [ORIGIN],
  'routes.0.provider': REMOVED,
  'routes.0.origin': 'app',
  'routes.0.run': RUN,
};
