// Bytes that nobody reads still cost something.

import { bad } from '../base.ts';

export default bad({ 'routes.0.dialect': 'plain', 'routes.0.models': [] }, [
  'routes[0].plain',
  'what a request and its bytes cost',
]);
