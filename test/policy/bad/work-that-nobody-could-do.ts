// 2^25 hashes would keep a telephone busy for minutes.

import { bad } from '../base.ts';

export default bad({ 'proof.capHashes': 2 ** 25 }, ['proof.capHashes', '<=']);
