// No continuation at all, for longer than hashes are kept, and a word that does not exist.

import { bad } from '../base.ts';

export default bad(
  { 'routes.0.conversation': { branchesMax: 0, hoursMax: 721, forks: 1 } },
  ['routes.0.conversation.branchesMax', '>=1'],
  ['routes.0.conversation.hoursMax', '<=720'],
  ['routes.0.conversation', 'forks'],
);
