// One key for each purpose, so that what was sealed for one is nothing for another, whatever bytes
// it is made of. A root secret signs nothing itself.

import { type Bytes, utf8 } from '../bytes.ts';
import { hkdfExpand, hkdfExtract } from './hkdf.ts';

/** Another purpose is another word here. One that was ever used is never given another meaning. */
export const PURPOSES = ['challenge', 'human-pass', 'grant'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Of a secret that is shared with an origin, and signs its grants as it is. */
export type SharedPurpose = 'origin-lock';

const KEY_BYTES = 32;
const NO_SALT = new Uint8Array(0);

/** The key of a secret for this purpose. */
export const purposeKey = (secret: Bytes, purpose: Purpose | SharedPurpose): Bytes =>
  hkdfExpand(hkdfExtract(NO_SALT, secret), utf8(`weighbridge 1 ${purpose}`), KEY_BYTES);
