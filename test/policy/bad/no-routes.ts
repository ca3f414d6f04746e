// A gateway that protects nothing is a mistake.

import { bad } from '../base.ts';

export default bad({ routes: [] }, ['routes', '>=1']);
