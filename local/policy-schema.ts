// The policy's schema as JSON Schema, for editors and for whoever generates policies: what each
// field may be and nothing of what fields mean together, which `check` tells.
// `npm run weighbridge -- schema` writes it.

import * as z from 'zod';
import { policySchema } from '../core/policy/schema.ts';
import { inRoot } from './paths.ts';

export const SCHEMA_FILE = inRoot('docs/policy.schema.json');

/** Draft 2020-12. Rules that only code can judge are left out of it. */
export function policyJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(policySchema, {
    io: 'input',
    reused: 'ref',
    unrepresentable: 'any',
  });
  const schema = {
    $schema,
    $id: 'https://github.com/weighbridge/weighbridge/blob/main/docs/policy.schema.json',
    title: 'Weighbridge policy',
    ...rest,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
