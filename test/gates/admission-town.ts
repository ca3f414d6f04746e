// The request path up to the provider, before real ledgers in memory: real gates, real
// reservations, real rows. It forwards nothing; it says what would be, and what is on hold for it.

import { scheduler } from 'node:timers/promises';
import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { unitOfCounter } from '../../core/ledger/account.ts';
import type { Batch, Switched } from '../../core/ledger/messages.ts';
import type { Unit } from '../../core/ledger/unit.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { present } from '../../core/result.ts';
import { Ledger } from '../../durable-objects/ledger.ts';
import { Database } from '../../simulation/database.ts';
import { Courier } from '../../worker/adapters/courier.ts';
import { Ledgers } from '../../worker/adapters/ledgers.ts';
import { Tokens } from '../../worker/adapters/tokens.ts';
import { admit as realAdmit } from '../../worker/admit.ts';
import type { Deps, Env } from '../../worker/env.ts';
import { GATES } from '../../worker/gates/index.ts';
import { identify } from '../../worker/identify.ts';
import { judge } from '../../worker/judge.ts';
import type { Trail } from '../../worker/observe/record.ts';
import { release, type Reservation } from '../../worker/reserve.ts';
import { makeDeps, NOW_MS, requestOf, type Sent } from './gate-bench.ts';

// Workerd has it; Node has it under another name.
Object.assign(globalThis, { scheduler });

const RETENTION_MS = 3_600_000;

/** All ledgers of one gateway; each is made when somebody first names it. */
export class Town {
  readonly ledgers = new Map<string, Ledger>();
  readonly principals = new Set<string>();
  /** Turned by hand: what a shard says of a call with one of these names. */
  readonly switched = new Map<string, Switched['action']>();
  readonly silent = new Set<string>();

  at(address: string): Ledger {
    const known = this.ledgers.get(address);
    if (known !== undefined) return known;
    const database = new Database();
    const world = {
      sql: { exec: (query: string, ...bindings: never[]) => database.exec(query, bindings, false) },
      alarms: { getAlarm: () => Promise.resolve(null), setAlarm: () => undefined },
      nowMs: () => NOW_MS,
      abort: (reason: string) => {
        throw new Error(reason);
      },
      peer: (name: string) => this.at(name),
      report: () => undefined,
      alert: () => undefined,
    } as unknown as ConstructorParameters<typeof Ledger>[0];
    const ledger = new Ledger(world, {
      retentionMs: RETENTION_MS,
      refuse: () => null,
      stops: () => false,
      switched: ({ names = [], isDowngraded = false }) => {
        const principal = names.find((name) => this.switched.has(name));
        const action = principal === undefined ? undefined : this.switched.get(principal);
        if (principal === undefined || action === undefined) return null;
        if (action === 'downgrade' && isDowngraded) return null;
        return { status: 'switched', principal, action, untilMs: null };
      },
    });
    this.ledgers.set(address, ledger);
    return ledger;
  }

  /** What the Worker sees of an object. */
  stub(address: string): { apply(batch: Batch): ReturnType<Ledger['apply']> } {
    return {
      apply: (batch) => {
        if (this.silent.has(address)) return Promise.reject(new Error('silent'));
        for (const { accounts } of batch.reserves) {
          for (const { principal } of accounts) this.principals.add(principal);
        }
        return this.at(address).apply(batch);
      },
    };
  }

  /** Sums over all windows of a unit of a principal, wherever something is counted for it. */
  sum(principal: string, unit: Unit): { used: number; held: number } {
    const sum = { used: 0, held: 0 };
    for (const ledger of this.ledgers.values()) {
      for (const [name, cells] of Object.entries(ledger.store.account(principal).cells)) {
        if (unitOfCounter(name) !== unit || !/-(?:day|now|run|lifetime)/.test(name)) continue;
        for (const cell of cells) {
          sum.used += cell.used;
          sum.held += cell.held;
        }
      }
    }
    return sum;
  }

  openHolds(): number {
    return [...this.ledgers.values()].reduce((sum, { store }) => sum + store.openHolds().size, 0);
  }
}

export type Outcome = {
  /** Null where it would be forwarded. */
  readonly denial: Denial | null;
  readonly gate: string;
  readonly call: Call;
  readonly reservation: Reservation | null;
};

export type Gateway = {
  readonly town: Town;
  readonly deps: Deps;
  readonly send: (sent: Sent & { readonly target?: string }) => Promise<Outcome>;
  /** Ends a call as if nobody had heard of it. */
  readonly giveBack: (outcome: Outcome) => Promise<void>;
};

export type Admit = typeof realAdmit;

export function policyOf(source: unknown): Policy {
  const loaded = loadPolicy(source);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}

export function openGateway(
  policy: Policy,
  parts: Partial<Deps> = {},
  admit: Admit = realAdmit,
  town = new Town(),
): Gateway {
  const objects = { getByName: (name: string) => town.stub(name) };
  const env = { EDGE_SHARD: objects, PRINCIPAL_LEDGER: objects } as unknown as Env;
  const ledgers = new Ledgers(env, policy.layout);
  const deps = makeDeps({
    policy,
    ledgers,
    courier: new Courier(ledgers),
    tokens: policy.jwt === null ? null : new Tokens(policy.jwt),
    ...parts,
  });

  async function send(sent: Sent & { readonly target?: string }): Promise<Outcome> {
    const works: Promise<unknown>[] = [];
    const trail: Trail = [];
    const route = present(
      policy.routes.find(({ id }) => id === (sent.routeId ?? 'chat')),
      'route',
    );
    const addressed = { route, ...(sent.target && { target: sent.target }) };
    const judged = await judge(identify(requestOf(sent), addressed, deps), GATES, trail, deps);
    if (!judged.ok) return { ...judged.error, reservation: null };
    const reserved = await admit(judged.value, trail, deps, (work) => works.push(work));
    await Promise.all(works);
    if (!reserved.ok) return { ...reserved.error, reservation: null };
    const { call } = reserved.value;
    return { denial: null, gate: 'passed', call, reservation: reserved.value };
  }

  return {
    town,
    deps,
    send,
    giveBack: async ({ reservation }) => {
      if (reservation !== null) await release(reservation, deps);
    },
  };
}

/** A refusal's kind, or the failure of its proof; `forwarded` where there is none. */
export const wordOf = ({ denial }: Outcome): string =>
  denial === null ? 'forwarded' : denial.kind === 'proof-rejected' ? denial.failure : denial.kind;

export const kindsOf = ({ call }: Outcome): readonly string[] =>
  call.observed.map(({ denial }) => denial.kind);
