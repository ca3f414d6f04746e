// A proof for no realm would be a proof for every realm that has none.

import { bad } from '../base.ts';

export default bad({ realm: '' }, ['realm', '>=1']);
