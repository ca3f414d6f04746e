// A request as the `shape` gate hands it to a dialect, from the one part of it that a test is
// about.

import type { RequestInput } from '../../core/dialects/dialect.ts';

export const requestOf = (
  json: unknown,
  parts: Partial<Omit<RequestInput, 'json'>> = {},
): RequestInput => ({
  json,
  form: [],
  bytes: new Uint8Array(0),
  contentType: 'application/json',
  target: '',
  extraFields: [],
  provider: 'openai',
  ...parts,
});
