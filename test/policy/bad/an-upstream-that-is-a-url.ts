// The provider's host comes from the provider, not from the route.

import { bad } from '../base.ts';

export default bad({ 'routes.0.upstreamPath': '//evil.example@x:1/v1' }, [
  'routes.0.upstreamPath',
  'a plain absolute path',
]);
