// What runs and steps take beside money. What breaks if this fails: an agent calls tools for ever,
// or cannot even say goodbye when its calls are used up.

import { describe, expect, it } from 'vitest';
import type { Call } from '../../../core/call.ts';
import { PLAIN_ASK } from '../../../core/dialects/dialect.ts';
import { EMPTY_ACCOUNT, move } from '../../../core/ledger/account.ts';
import { type Party, reserve } from '../../../core/ledger/ledger.ts';
import type { Amounts } from '../../../core/ledger/unit.ts';
import { CLOSED_CAP, runLimits, SETTLED_CAP, stepAsk } from '../../../core/run/account.ts';
import { agentAmounts, agentLeast, STEP_TOOL_CALLS_MAX } from '../../../core/run/amounts.ts';

const TICKET = {
  id: 'x',
  home: 'edge:1:0',
  nanoUsdMax: 1_000,
  outputTokensMax: 1,
  stepsMax: 3,
  toolCallsMax: 4,
  expiresAtSeconds: 1,
};
const RUN = { stepsMax: 3, toolCallsMax: 4 };

const callOf = (parts: object): Call =>
  ({
    ask: null,
    run: null,
    loop: null,
    route: { run: null, loop: null, tools: null },
    ...parts,
  }) as Call;
const stepWith = (tools: number, serverTools: readonly string[] = []): Call =>
  callOf({ run: TICKET, ask: { ...PLAIN_ASK, model: 'm', body: {}, tools, serverTools } });

/** Is this step taken where the run has used so much? */
function isTaken(call: Call, used: Amounts, cap?: number): string {
  const cells = Object.entries(used).map(([unit, amount]) => ({
    name: `${unit}-run`,
    windowId: 0,
    used: amount,
    held: 0,
  }));
  const { principal } = stepAsk(TICKET);
  const account = move(EMPTY_ACCOUNT, cells, 0);
  const party: Party = {
    principal,
    account: cap === undefined ? account : { ...account, caps: { 'nanoUsd-run': cap } },
    limits: runLimits(TICKET),
    sliced: false,
  };
  const outcome = reserve(
    [party],
    {
      key: 'k',
      attempt: 'a',
      amounts: { nanoUsd: 0, ...agentAmounts(call) },
      least: { nanoUsd: 0, ...agentLeast(call) },
      metered: {},
      produciblePerSecond: {},
      leaseMs: 1_000,
      label: null,
    },
    1,
    'final',
  );
  return 'status' in outcome ? outcome.status : 'held';
}

describe('beside money', () => {
  it('a call without a run takes nothing', () => {
    expect(agentAmounts(callOf({}))).toEqual({});
    expect(agentLeast(callOf({}))).toEqual({});
  });

  it('a run takes all it may do, down to one step', () => {
    const call = callOf({ route: { run: RUN, loop: null, tools: null } });
    expect(agentAmounts(call)).toEqual({ runs: 1, agentSteps: 3, toolCalls: 4 });
    expect(agentLeast(call)).toEqual({ agentSteps: 1, toolCalls: 0 });
  });

  it('a step takes itself, and calls of tools only where it offers some', () => {
    expect(agentAmounts(stepWith(0))).toEqual({ agentSteps: 1 });
    expect(agentAmounts(stepWith(2))).toEqual({ agentSteps: 1, toolCalls: STEP_TOOL_CALLS_MAX });
    expect(agentAmounts(stepWith(0, ['web_search']))).toHaveProperty('toolCalls');
  });

  it('a step is refused past the steps of its run, whatever it costs', () => {
    expect(isTaken(stepWith(0), { agentSteps: 2 })).toBe('held');
    expect(isTaken(stepWith(0), { agentSteps: 3 })).toBe('over-quota');
  });

  it.each([4, 9])(
    'behind %i calls of tools a step with tools is refused and one without is not',
    (used) => {
      expect(isTaken(stepWith(1), { toolCalls: 3 })).toBe('held');
      expect(isTaken(stepWith(1), { toolCalls: used })).toBe('over-quota');
      expect(isTaken(stepWith(0), { toolCalls: used })).toBe('held');
    },
  );

  it.each([CLOSED_CAP, SETTLED_CAP])('behind the mark %i not even a free step is taken', (cap) => {
    expect(isTaken(stepWith(0), {}, cap)).toBe('over-budget');
  });
});
