// A rule that asks for nothing would be an open door with a lock painted on it.

import { bad } from '../base.ts';

export default bad({ 'proof.rules': [{ require: [] }] }, ['proof.rules.0.require', '']);
