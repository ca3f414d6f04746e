// vitest's loose matchers are typed as `any`, which would let a test assign anything to anything.
// These say that they are something to compare with, and no more.

import { expect } from 'vitest';

/** Some text that matches. */
export const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** Some text that contains this. */
export const containing = (text: string): unknown => expect.stringContaining(text);

/** Some number. */
export const someNumber = (): unknown => expect.any(Number);
