// A chat is priced by its tokens.

import { bad } from '../base.ts';
import { PLAIN } from '../upstreams.ts';

export default bad({ 'routes.0.plain': PLAIN }, ['routes[0].plain', 'for the dialect "plain"']);
