// Fewer hashes than there are sub-puzzles is no work at all.

import { bad } from '../base.ts';

export default bad({ 'proof.floorHashes': 31 }, ['proof.floorHashes', '>=32']);
