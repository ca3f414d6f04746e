// The negative control: tests that read all of the ledger and claim nothing about it. Against them
// next to every mutant must survive; if not, something else than a failing test counts as a kill.

import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inRoot } from '../local/paths.ts';

it.each(readdirSync(inRoot('core/ledger')))('reads %s', async (name) => {
  expect(await import(inRoot('core/ledger', name))).toBeDefined();
});
