// The published JSON Schema is the schema that the gateway loads with. What breaks if this fails:
// an editor calls a policy right that the gateway refuses.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Validator } from '@cfworker/json-schema';
import { describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import shipped from '../../weighbridge.config.ts';
import { policyWith, REMOVED } from '../policy/base.ts';

// By itself: only zod as it is can write JSON Schema.
const written = execFileSync(process.execPath, [inRoot('cli/main.ts'), 'schema', '--print'], {
  encoding: 'utf8',
});

describe('docs/policy.schema.json', () => {
  it('is what the schema says today (npm run weighbridge -- schema writes it)', async () => {
    expect(await readFile(inRoot('docs/policy.schema.json'), 'utf8')).toBe(written);
  });

  const validator = new Validator(JSON.parse(written) as object, '2020-12');

  it('takes the policy that is shipped', () => {
    expect(validator.validate(JSON.parse(JSON.stringify(shipped)))).toMatchObject({ valid: true });
  });

  it.each([
    ['a key that nobody knows', { 'routes.0.promptCharMax': 5 }],
    ['a number in the place of dollars', { 'limits.key': [{ window: 'day', usd: 5 }] }],
    ['a missing realm', { realm: REMOVED }],
    ['a mode that there is not', { mode: 'maybe' }],
  ])('refuses %s', (_, changes) => {
    expect(validator.validate(policyWith(changes))).toMatchObject({ valid: false });
  });
});
