// The small words of the policy's schema: dollars, counts, names. Each refuses what would change
// its meaning on the way, and says how to write it.

import * as z from 'zod';
import { parseUsd } from '../money.ts';

const DOLLARS =
  'write dollars as a string such as "0.40", with at most nine decimals, below $9 million';
export const usd = z.string(DOLLARS).refine((text) => parseUsd(text) !== null, DOLLARS);
/** Counters are exact below 2^53, which is where `z.int()` ends. */
export const count = z.int().min(1);
export const environmentName = z
  .string()
  .regex(
    /^[A-Z][A-Z0-9_]{0,62}$/,
    'write a name in capitals: what it names stays out of the policy',
  );
export const base64Url = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and -');

/** As a browser writes an `Origin`. A path, or a name before an `@`, would change its meaning. */
export const origin = z
  .string()
  .regex(
    /^https?:\/\/(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:]+\])(?::\d{1,5})?$/,
    'write an origin: https://host, with a port if it needs one, and nothing behind it',
  );

export const plainPath = z.string().regex(/^\/[A-Za-z0-9/_.-]*$/, 'a plain absolute path');
