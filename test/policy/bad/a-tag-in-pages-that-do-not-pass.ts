// Nothing of the origin is passed on, so there is no page to write a tag into.

import { bad } from '../base.ts';

export default bad({ injectClient: { protect: ['/api/chat'] }, unprotected: 'refuse' }, [
  'injectClient',
  'no page passes',
]);
