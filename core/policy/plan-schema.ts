// What callers are entitled to, by the plan they are on: who is on it, what a plan may spend, and
// which of a route's terms it changes.

import * as z from 'zod';
import { CALLER_CLASSES } from '../proof/requirement.ts';
import { list } from './limit-schema.ts';
import { slug } from './schema-words.ts';

export const PLANS_MAX = 32;

/** Lists in place of those of `limits`, for callers on this plan. */
const planLimits = z.strictObject({
  user: list.optional(),
  key: list.optional(),
  agent: list.optional(),
  device: list.optional(),
  ip: list.optional(),
});

export const plan = z.strictObject({
  id: slug,
  /** Somebody pays for it: routes and models may ask for that. */
  isPaid: z.boolean().optional(),
  /** Kinds of callers that are on it unless their identity names another. */
  callers: z.array(z.enum(CALLER_CLASSES)).min(1).optional(),
  limits: planLimits.optional(),
});

/** Either of them is enough, where both are asked. */
export const requirement = z
  .strictObject({ verified: z.literal(true).optional(), paid: z.literal(true).optional() })
  .refine(({ verified, paid }) => verified ?? paid ?? false, 'ask for verified, for paid, or both');

export type PlanSource = z.input<typeof plan>;
export type RequirementSource = z.infer<typeof requirement>;
