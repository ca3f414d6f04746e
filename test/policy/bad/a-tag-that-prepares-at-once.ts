// When to fetch a challenge is one of two words, pages are plain prefixes, and a tag protects
// something.

import { bad } from '../base.ts';

export default bad(
  { injectClient: { protect: [], paths: ['shop/*'], prepare: 'at-once' } },
  ['injectClient.protect', ''],
  ['injectClient.paths.0', 'a plain absolute path'],
  ['injectClient.prepare', ''],
);
