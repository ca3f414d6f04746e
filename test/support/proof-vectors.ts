// Test vectors of other projects, beside this one: they are read where they lie and never copied.
// Where they are not, the tests that need them are not there either; where a folder of them is
// named, every file has to be there. Which files, from where: docs/proofs.md.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../local/paths.ts';
import { VECTOR_FILES, type VectorFile } from './vector-files.ts';

const named = process.env['WEIGHBRIDGE_PROOF_VECTORS'];
const directory = named ?? inRoot('../shared/fixtures/proof-vectors');

export type Vectors = Readonly<Record<VectorFile, unknown>>;

/** All of them, or null where there are none. */
export function readVectors(): Vectors | null {
  if (named === undefined && !existsSync(directory)) return null;
  const entries = VECTOR_FILES.map((file) => [
    file,
    JSON.parse(readFileSync(join(directory, `${file}.json`), 'utf8')) as unknown,
  ]);
  return Object.fromEntries(entries) as Vectors;
}
