// Mutants that no test can tell from the original, each with the reason. They are left out of the
// score and printed; one that no longer exists, or that a test kills after all, fails the run.

export type Equivalent = {
  readonly file: string;
  /** The line of source it begins in, without its margins. */
  readonly within: string;
  readonly from: string;
  readonly to: string;
  readonly because: string;
};

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'core/ledger/call-key.ts',
    within: "const [, key = '', attempt = '', epoch = '', shard = ''] = match;",
    from: "''",
    to: '"Stryker was here!"',
    because: 'The pattern has matched, so every group is there; the defaults are for the compiler.',
  },
  {
    file: 'core/ledger/call-key.ts',
    within: 'Number.parseInt(key.slice(0, MINUTE_DIGITS), 36) * 60_000;',
    from: 'key.slice(0, MINUTE_DIGITS)',
    to: 'key',
    because: 'What follows the minute is no digit, and reading a number ends there.',
  },
  {
    file: 'core/ledger/escrow.ts',
    within: 'if (free < least || free <= 0) return 0;',
    from: 'free <= 0',
    to: '(free < 0)',
    because: 'Of nothing that is free nothing is granted further down as well.',
  },
  {
    file: 'core/ledger/ledger.ts',
    within: 'move(account, heldMovements(accounts[index]?.taken ?? []), nowMs),',
    from: 'accounts[index]?.taken',
    to: '(accounts[index].taken)',
    because: 'There is one entry for each party, in their order; the default is for the compiler.',
  },
  {
    file: 'core/ledger/ledger.ts',
    within: 'move(account, heldMovements(accounts[index]?.taken ?? []), nowMs),',
    from: '[]',
    to: '["Stryker was here"]',
    because: 'There is one entry for each party, in their order; the default is for the compiler.',
  },
  {
    file: 'core/ledger/ledger.ts',
    within: 'taken: merged(account.taken, more[index] ?? []),',
    from: '[]',
    to: '["Stryker was here"]',
    because: 'There is one entry for each party, in their order; the default is for the compiler.',
  },
  {
    file: 'core/ledger/ledger.ts',
    within: 'move(account, heldMovements(more[index] ?? []), nowMs),',
    from: '[]',
    to: '["Stryker was here"]',
    because: 'There is one entry for each party, in their order; the default is for the compiler.',
  },
  {
    file: 'core/ledger/ledger.ts',
    within: 'if (taken.amount === 0) continue;',
    from: 'taken.amount === 0',
    to: 'false',
    because: 'Only units that are raised are taken, so no amount here is 0.',
  },
  {
    file: 'core/ledger/rolling.ts',
    within: 'if (nowMs <= atMs) return { used, leak };',
    from: 'nowMs <= atMs',
    to: 'nowMs < atMs',
    because: 'In no time nothing drains: a remainder is always less than a whole unit.',
  },
  {
    file: 'core/ledger/recovery.ts',
    within:
      'if (one?.leak === undefined || knowsRate(account, one)) return { ...movement, held: 0 };',
    from: 'one?.leak === undefined',
    to: 'false',
    because: 'A movement lives for one call, and one with an undefined rate has none.',
  },
  {
    file: 'core/ledger/recovery.ts',
    within:
      'if (one?.leak === undefined || knowsRate(account, one)) return { ...movement, held: 0 };',
    from: 'one?.leak',
    to: 'one.leak',
    because: 'There is one movement for each entry; the question mark is for the compiler.',
  },
];
