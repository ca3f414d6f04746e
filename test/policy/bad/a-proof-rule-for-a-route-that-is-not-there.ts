// A rule for a route that does not exist would never be met, and its author would not know.

import { bad } from '../base.ts';

export default bad({ 'proof.rules': [{ routes: ['chta'], require: ['work'] }] }, [
  'proof.rules[0]',
  'there is no route "chta"',
]);
