// How an edit says no: about one field, in a sentence.

import type { Denial } from '../denial.ts';

export const refusal = (field: string, sentence: string): Denial => ({
  kind: 'shape-refused',
  field,
  sentence,
});
