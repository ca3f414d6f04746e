// Work cannot be asked for between a floor and a lower ceiling.

import { bad } from '../base.ts';

export default bad({ 'proof.capHashes': 255 }, [
  'proof.capHashes',
  'must not be below proof.floorHashes',
]);
