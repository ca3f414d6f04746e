// Who answers behind the gateway: model providers, and servers of the app itself. Their addresses
// come from here and the environment, never from a request.

import * as z from 'zod';
import { PROVIDER_KINDS } from '../pricing/rates.ts';
import { environmentName, origin, plainPath, slug } from './schema-words.ts';

export const provider = z.strictObject({
  id: slug,
  /** Whose catalogue, manners and way of billing; `openai` unless it is said. */
  kind: z.enum(PROVIDER_KINDS).optional(),
  /** Never taken from a request. */
  baseUrl: origin,
  /** What stands there before the dialect's own path: `/openai` at api.groq.com. */
  basePath: plainPath.optional(),
  /** The secret that holds the provider's API key. */
  apiKeySecret: environmentName,
  /** Without its key its routes answer that they are not configured, and all others are served. */
  optional: z.boolean().optional(),
  /** An environment variable that may replace `baseUrl`, for local work. */
  baseUrlVariable: environmentName,
});

export const appOrigin = z.strictObject({
  id: slug,
  baseUrl: origin,
  baseUrlVariable: environmentName,
  /** The secret that signs its grants: 32 bytes or more in base64url, known to it and to us. */
  grantSecret: environmentName,
});
