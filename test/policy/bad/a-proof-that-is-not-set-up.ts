// A proof nobody can check would refuse everybody.

import { bad } from '../base.ts';

export default bad(
  { 'proof.rules': [{ require: ['work', 'human'] }, { require: ['work', 'private-token'] }] },
  ['proof.rules[0]', 'asks for "human", and proof.human is not set'],
  ['proof.rules[1]', 'asks for "private-token", and proof.privateToken is not set'],
);
