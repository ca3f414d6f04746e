// What a shared budget costs when everybody spends from it at once: real ledgers on real rows, a
// network that never fails, and a count of every message. Says how often the root is asked, how
// much of the budget is spent when the first call is refused, and what sharding gains where one
// object serves only so many messages a second.

import { shardAddress } from '../core/ledger/layout.ts';
import type { Batch, ReserveReply, ResolveMessage } from '../core/ledger/messages.ts';
import type { PeerPort } from '../core/ledger/peer-messages.ts';
import { Database } from './database.ts';
import { Dice } from './dice.ts';
import { RealLedger } from './port.ts';

export type HotBudget = {
  readonly seed: number;
  readonly shards: number;
  readonly budget: number;
  readonly costMax: number;
  /** Calls that are running at any time. */
  readonly inFlight: number;
  /** How much busier the first shard is than the second and so on: 0 is evenly, 1 is Zipf. */
  readonly skew: number;
  /** Messages one object serves in a second. */
  readonly messagesPerSecond: number;
};

export const HOT_BUDGET: HotBudget = {
  seed: 1,
  shards: 16,
  budget: 1_000_000,
  costMax: 50,
  inFlight: 64,
  skew: 1,
  messagesPerSecond: 400,
};

export type HotFigures = {
  readonly calls: number;
  /** Draws per call, up to the first refusal. */
  readonly rootCallsPerCall: number;
  readonly recallsPerCall: number;
  /** Of the budget, when the first call is refused. */
  readonly firstRefusalPercent: number;
  /** Of the budget, when nobody gets anything any more. */
  readonly lastPercent: number;
  readonly overshoot: number;
  /** What the shards serve at the most, and one object for all. */
  readonly callsPerSecond: number;
  readonly callsPerSecondOneObject: number;
  readonly gain: number;
};

const ROOT = 'global';
const START_MS = Date.UTC(2026, 10, 21, 12);
const RETENTION_MS = 86_400_000;
const REFUSED_IN_A_ROW_MAX = 2_000;

class Bench {
  readonly size: HotBudget;
  readonly dice: Dice;
  readonly #ledgers = new Map<string, RealLedger>();
  readonly #served = new Map<string, number>();
  readonly #databases: Database[] = [];
  nowMs = START_MS;
  draws = 0;
  recalls = 0;

  constructor(size: HotBudget) {
    this.size = size;
    this.dice = new Dice(size.seed);
  }

  ledger(address: string): RealLedger {
    const known = this.#ledgers.get(address);
    if (known !== undefined) return known;
    const database = new Database();
    this.#databases.push(database);
    const ledger = new RealLedger(
      {
        sql: { exec: (query, ...bindings) => database.exec(query, bindings, false) },
        alarms: { getAlarm: async () => null, setAlarm: () => undefined },
        nowMs: () => this.nowMs,
        abort: (reason) => {
          throw new Error(reason);
        },
        peer: (to) => this.#peer(to),
        report: () => undefined,
        alert: () => undefined,
      },
      { retentionMs: RETENTION_MS, refuse: () => null, stops: () => false },
    );
    this.#ledgers.set(address, ledger);
    return ledger;
  }

  serve(address: string): RealLedger {
    this.#served.set(address, (this.#served.get(address) ?? 0) + 1);
    return this.ledger(address);
  }

  #peer(to: string): PeerPort {
    return {
      draw: (message) => {
        this.draws += 1;
        return this.serve(to).draw(message);
      },
      recall: (message) => {
        this.recalls += 1;
        return this.serve(to).recall(message);
      },
      handOver: (message) => this.serve(to).handOver(message),
      correct: (message) => this.serve(to).correct(message),
    };
  }

  /** What the busiest object had to serve. */
  get busiest(): number {
    return Math.max(...this.#served.values());
  }

  close(): void {
    for (const database of this.#databases) database.close();
  }
}

/** Shares of the demand, so that shard `n` has `1 ÷ n^skew` of the first one's. */
function shardPicker({ shards, skew }: HotBudget, dice: Dice): () => number {
  const upTo: number[] = [];
  let total = 0;
  for (let shard = 1; shard <= shards; shard += 1) upTo.push((total += 1 / shard ** skew));
  return () => {
    const at = dice.next() * total;
    return upTo.findIndex((share) => at < share);
  };
}

type Running = { readonly key: string; readonly shard: number; readonly cost: number };

const settlement = ({ key, cost }: Running): ResolveMessage => ({
  key,
  attempt: 'only',
  act: { kind: 'settle', amounts: { nanoUsd: cost }, estimated: false },
  record: null,
});

class Spending {
  readonly #bench: Bench;
  readonly #running: Running[] = [];
  calls = 0;
  admitted = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** One message to a shard. */
  async #apply(shard: number, parts: Partial<Batch>): Promise<ReserveReply | undefined> {
    const { shards } = this.#bench.size;
    const self = shardAddress(1, shard);
    const layout = { epoch: 1, count: shards, previous: null };
    const batch = { self, layout, resolves: [], reserves: [], extends: [], ...parts };
    const reply = await this.#bench.serve(self).apply(batch);
    return reply.reserves[0];
  }

  async call(shard: number): Promise<boolean> {
    const { size, dice } = this.#bench;
    this.#bench.nowMs += 1;
    this.calls += 1;
    const minute = Math.floor(this.#bench.nowMs / 60_000);
    const key = `${minute.toString(36).padStart(7, '0')}_${String(this.calls)}`;
    const cost = dice.whole(1, size.costMax);
    const reserve = {
      key,
      attempt: 'only',
      amounts: { nanoUsd: cost },
      least: {},
      metered: {},
      produciblePerSecond: {},
      leaseMs: 3_600_000,
      label: null,
      accounts: [
        {
          principal: ROOT,
          limits: [{ window: 'lifetime', unit: 'nanoUsd', cap: size.budget }],
          root: ROOT,
        },
      ],
      nonceExpiresAtMs: null,
      apiKeyHash: null,
    } as const;
    const reply = await this.#apply(shard, { reserves: [reserve] });
    if (reply?.status !== 'held') return false;
    this.admitted += cost;
    this.#running.push({ key, shard, cost });
    if (this.#running.length > size.inFlight) await this.settleOne();
    return true;
  }

  async settleOne(): Promise<void> {
    const oldest = this.#running.shift();
    if (oldest !== undefined) await this.#apply(oldest.shard, { resolves: [settlement(oldest)] });
  }
}

/** Spends the whole budget. */
export async function hotBudget(size: HotBudget = HOT_BUDGET): Promise<HotFigures> {
  const bench = new Bench(size);
  const pick = shardPicker(size, bench.dice);
  const spending = new Spending(bench);
  while (await spending.call(pick()));
  const { calls, admitted } = spending;
  const { draws, recalls, busiest } = bench;
  let refused = 1;
  while (refused < REFUSED_IN_A_ROW_MAX) refused = (await spending.call(pick())) ? 0 : refused + 1;
  bench.close();
  // A call is two messages: it is reserved and settled.
  const callsPerSecond = (calls * size.messagesPerSecond) / busiest;
  const callsPerSecondOneObject = size.messagesPerSecond / 2;
  return {
    calls,
    rootCallsPerCall: draws / calls,
    recallsPerCall: recalls / calls,
    firstRefusalPercent: (admitted / size.budget) * 100,
    lastPercent: (spending.admitted / size.budget) * 100,
    overshoot: Math.max(0, spending.admitted - size.budget),
    callsPerSecond,
    callsPerSecondOneObject,
    gain: callsPerSecond / callsPerSecondOneObject,
  };
}
