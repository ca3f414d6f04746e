// The lines of `npm start`'s terminal. What breaks if this fails: a developer looks for a fault in
// the ledgers while it is Cloudflare's siteverify that is away.

import { expect, it } from 'vitest';
import { storyOf } from '../../local/story.ts';

const served = (more: object): string | null =>
  storyOf(JSON.stringify({ event: 'grace-served', route: 'chat', nanoUsd: 1_000_000, ...more }));

it('a call that is served from the grace wallet is told with who is away', () => {
  expect(served({})).toBe('grace   chat  held $0.001 while a ledger is away');
  const human = served({ because: 'human-unavailable' });
  expect(human).toBe('grace   chat  held $0.001 while siteverify is away');
});
