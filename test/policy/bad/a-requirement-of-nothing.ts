// It asks for nothing.

import { bad } from '../base.ts';

export default bad({ 'routes.0.requires': {} }, ['routes.0.requires', 'ask for verified']);
