// What the tests are told before they run against mutants: their random cases come from one seed,
// so that a score can be had again, and a failure is not made smaller, because nobody reads it.

import * as fc from 'fast-check';

const seed = Number(process.env['WEIGHBRIDGE_MUTATION_SEED']);
if (!Number.isSafeInteger(seed)) throw new Error('WEIGHBRIDGE_MUTATION_SEED is not a seed');
fc.configureGlobal({ seed, endOnFailure: true });
