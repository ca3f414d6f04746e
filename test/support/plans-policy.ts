// The example with plans as a policy for tests: another identity provider, and as little work as
// the other test policies ask for.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../../local/paths.ts';

export type WrittenPolicy = { readonly file: string; remove(): Promise<void> };

/** `jwt`: members in the place of the example's. */
export async function plansPolicy(jwt: Readonly<Record<string, unknown>>): Promise<WrittenPolicy> {
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-plans-'));
  const file = join(folder, 'policy.ts');
  const [example, base] = ['examples/plans/policy.ts', 'test/support/policy.ts'].map((path) =>
    inRoot(path),
  );
  await writeFile(
    file,
    `import example from ${JSON.stringify(example)};\n` +
      `import base from ${JSON.stringify(base)};\n` +
      `const jwt = { ...example.identities.jwt, requireDpop: false, ...${JSON.stringify(jwt)} };\n` +
      `export default { ...example, identities: { jwt }, providers: base.providers,\n` +
      `  proof: base.proof };\n`,
  );
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
