// A limit that would load and never refuse anything.

import { bad } from '../base.ts';

export default bad({ 'limits.key': [{ window: 'day', retrievedDocuments: 5 }] }, [
  'limits.key[0]',
  'no dialect counts this yet',
]);
