// Writes a policy file that believes an identity provider of the test's own making: the test policy
// with these identities, and a budget for users, without which it would not load.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../../local/paths.ts';

export const USER_DAY_USD = '0.40';

export type PolicyFiles = {
  /** The path of the file. */
  write(name: string, identities: object, more?: object): Promise<string>;
  remove(): Promise<void>;
};

export async function policyFiles(): Promise<PolicyFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-policy-'));
  const base = inRoot('test/support/policy.ts');
  return {
    async write(name, identities, more = {}) {
      const file = join(folder, `${name}.ts`);
      const user = [
        { window: 'day', usd: USER_DAY_USD },
        { window: 'day', requests: 1_000 },
      ];
      await writeFile(
        file,
        `import base from ${JSON.stringify(base)};\n` +
          `export default { ...base, ...${JSON.stringify(more)},\n` +
          `  limits: { ...base.limits, user: ${JSON.stringify(user)} },\n` +
          `  identities: ${JSON.stringify(identities)} };\n`,
      );
      return file;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
