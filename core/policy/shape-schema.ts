// How a request may look on a route, beside its length: how many messages, documents and files, of
// which types, how deep; and what becomes of single fields such as the temperature.

import * as z from 'zod';
import { FILE_TYPES } from '../shape/file-type.ts';
import { count } from './schema-words.ts';

export const FIELDS_MAX = 32;

const within = z.strictObject({
  min: z.number().optional(),
  max: z.number().optional(),
  /** `clamp` puts the nearest that is allowed in its place, and the answer says so. */
  otherwise: z.enum(['clamp', 'refuse']),
});

export const shape = z.strictObject({
  messagesMax: count.optional(),
  /** Documents that were found for the model and sent along. */
  documentsMax: z.int().min(0).max(1_000).optional(),
  /** Of one file or picture as data in the request, decoded. */
  fileBytesMax: count.optional(),
  /** By their first bytes, whatever the request calls them. */
  fileTypes: z.array(z.enum(FILE_TYPES)).min(1).optional(),
  jsonDepthMax: z.int().min(1).max(64).optional(),
  jsonKeysMax: z.int().min(1).max(50_000).optional(),
  /** More output or more choices than the route offers: fewer are given, or none. */
  otherwise: z.enum(['clamp', 'refuse']).optional(),
  /** Top-level fields by name, such as `temperature`: left out, refused, or kept within bounds. */
  fields: z
    .record(z.string().min(1).max(64), z.union([z.enum(['drop', 'refuse']), within]))
    .optional(),
});
export type ShapeSource = z.input<typeof shape>;
