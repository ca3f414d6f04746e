// A ledger as one writes it in an afternoon: counters, holds, and one mistake at a time. It knows
// no shared budgets and no rolling windows, because it does not need them to be wrong.

import { type Account, counterName, EMPTY_ACCOUNT } from '../../core/ledger/account.ts';
import type { Hold, HoldAccount } from '../../core/ledger/hold.ts';
import type {
  AccountAsk,
  AccountView,
  Batch,
  BatchReply,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
} from '../../core/ledger/messages.ts';
import type { AdjustStatus, ResolveStatus } from '../../core/ledger/status.ts';
import { windowId } from '../../core/ledger/window.ts';
import { migrate } from '../../durable-objects/schema.ts';
import type { LedgerWorld } from '../../durable-objects/world.ts';
import type { SimulatedLedger } from '../port.ts';
import { NaiveCounters } from './cells.ts';

export type Mistake = 'records-late' | 'records-after' | 'proofs-in-memory' | 'get-then-put';

/** An object that answers slowly, as storage does that one has to wait for. */
const SLOW = 'key:slow-storage';

export class NaiveLedger implements SimulatedLedger {
  readonly #world: LedgerWorld;
  readonly #mistake: Mistake;
  readonly #counters = new NaiveCounters();
  readonly #holds = new Map<string, Hold>();

  constructor(world: LedgerWorld, mistake: Mistake) {
    this.#world = world;
    this.#mistake = mistake;
    migrate(world.sql);
    for (const { body } of world.sql.exec<{ body: string }>('SELECT body FROM hold')) {
      const hold = JSON.parse(body) as Hold;
      if (mistake !== 'proofs-in-memory' || hold.status === 'held') this.#holds.set(hold.key, hold);
      this.#counters.count(hold, 1);
    }
  }

  account(principal: string): Account {
    return this.#counters.account(principal);
  }

  openKeys(): readonly string[] {
    return [...this.#holds.values()].filter((hold) => hold.status === 'held').map(({ key }) => key);
  }

  async apply(batch: Batch): Promise<BatchReply> {
    this.#expire();
    const resolves = batch.resolves.map((message) => ({
      key: message.key,
      status: this.#resolve(message),
    }));
    const reserves: ReserveReply[] = [];
    for (const message of batch.reserves) reserves.push(await this.#reserve(message));
    const extended = batch.extends.map(({ key }) => ({ key, status: 'over-budget' as const }));
    return { resolves, reserves, extends: extended };
  }

  #taken({ accounts, amounts }: ReserveMessage): HoldAccount[] | null {
    const nowMs = this.#world.nowMs();
    const own = accounts.filter(({ root }) => root === null);
    const result: HoldAccount[] = [];
    for (const { principal, limits } of own as readonly AccountAsk[]) {
      const taken = [];
      for (const limit of limits) {
        if (limit.window.startsWith('rolling-')) continue;
        const name = counterName(limit);
        const id = windowId(limit.window, nowMs);
        const amount = amounts[limit.unit] ?? 0;
        const cell = this.#counters.cells(principal).get(`${name} ${String(id)}`);
        if ((cell?.used ?? 0) + (cell?.held ?? 0) + amount > limit.cap) return null;
        taken.push({ name, windowId: id, amount });
      }
      result.push({ principal, taken });
    }
    return result;
  }

  async #reserve(message: ReserveMessage): Promise<ReserveReply> {
    const { key, attempt, amounts, nonceExpiresAtMs } = message;
    const nowMs = this.#world.nowMs();
    if (nonceExpiresAtMs !== null && nonceExpiresAtMs <= nowMs) return { status: 'proof-expired' };
    const earlier = this.#holds.get(key);
    if (earlier !== undefined) return { status: 'replayed' };
    // Its mistakes are others: it takes none that was fetched ahead.
    if (message.solvedAhead !== undefined) return { status: 'too-many-outstanding' };
    const taken = this.#taken(message);
    if (taken === null) return { status: 'too-many-holds' };
    const held = { status: 'held', granted: amounts, counters: [] } as const;
    if (this.#mistake === 'records-after') return held;
    if (this.#mistake === 'records-late') await this.#slow();
    if (this.#holds.has(key)) return { status: 'replayed' };
    const { least: _least, leaseMs, ...ask } = message;
    this.#write(null, {
      ...emptyParts,
      ...pick(ask),
      attempt,
      accounts: taken,
      amounts,
      asked: amounts,
      reservedAtMs: nowMs,
      renewedAtMs: nowMs,
      leaseEndsAtMs: nowMs + leaseMs,
    });
    this.#arm();
    return held;
  }

  #slow(): Promise<unknown> {
    return this.#world.peer(SLOW).recall({ principal: '', granted: [], giveBack: false });
  }

  #write(before: Hold | null, hold: Hold): void {
    this.#world.sql.exec(
      `INSERT INTO hold (key, status, body) VALUES (?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET status = excluded.status, body = excluded.body`,
      hold.key,
      hold.status,
      JSON.stringify(hold),
    );
    this.#holds.set(hold.key, hold);
    if (before !== null) this.#counters.count(before, -1);
    this.#counters.count(hold, 1);
    if (this.#mistake === 'get-then-put') this.#putSlowly();
  }

  /** What was got before the wait is put back after it, and with it what others changed. */
  #putSlowly(): void {
    const put = this.#counters.got();
    this.#slow().then(put, put);
  }

  #end(hold: Hold, status: 'settled' | 'released' | 'expired', charged: Hold['charged']): void {
    const counted =
      status === 'released' ? {} : { ...hold.amounts, ...charged, concurrentCalls: 0 };
    const resolvedAtMs = this.#world.nowMs();
    this.#write(hold, { ...hold, status, charged: counted, resolvedAtMs });
  }

  #resolve({ key, attempt, act }: ResolveMessage): ResolveStatus {
    const hold = this.#holds.get(key);
    if (hold === undefined) {
      this.#write(null, { ...tombstone, key, attempt, resolvedAtMs: this.#world.nowMs() });
      return 'unknown';
    }
    if (hold.status !== 'held') return 'already-settled';
    if (act.kind === 'renew') {
      const leaseEndsAtMs = Math.max(hold.leaseEndsAtMs, this.#world.nowMs() + act.leaseMs);
      this.#write(hold, { ...hold, leaseEndsAtMs });
      return 'renewed';
    }
    if (act.kind === 'release') this.#end(hold, 'released', {});
    else this.#end(hold, 'settled', act.amounts);
    return act.kind === 'release' ? 'released' : 'settled';
  }

  async alarm(): Promise<void> {
    this.#expire();
  }

  #expire(): void {
    const nowMs = this.#world.nowMs();
    for (const hold of this.#holds.values()) {
      if (hold.status !== 'held') continue;
      if (hold.leaseEndsAtMs <= nowMs) this.#end(hold, 'expired', {});
    }
    this.#arm();
  }

  #arm(): void {
    const open = [...this.#holds.values()].filter((hold) => hold.status === 'held');
    const first = Math.min(...open.map((hold) => hold.leaseEndsAtMs));
    if (open.length > 0) void this.#world.alarms.setAlarm(first + 100);
  }

  async wake(): Promise<void> {}

  async view(_place: unknown, principal: string): Promise<AccountView> {
    return { principal, counters: [], overrides: {}, holds: [] };
  }

  async statements(): Promise<readonly never[]> {
    return [];
  }

  async setCap(): Promise<void> {}

  async adjust(): Promise<AdjustStatus> {
    return 'unknown';
  }

  async refund(): Promise<AdjustStatus> {
    return 'unknown';
  }

  async draw(): Promise<readonly never[]> {
    return [];
  }

  async recall(): Promise<readonly never[]> {
    return [];
  }

  async handOver({ principals }: { principals: readonly string[] }) {
    return principals.map((principal) => ({ principal, account: EMPTY_ACCOUNT }));
  }

  async correct(): Promise<void> {}
}

const tombstone = {
  status: 'released',
  accounts: [],
  amounts: {},
  asked: {},
  metered: {},
  produciblePerSecond: {},
  reservedAtMs: 0,
  renewedAtMs: 0,
  leaseEndsAtMs: 0,
  charged: {},
  estimated: false,
  label: null,
} as const;

const emptyParts = {
  status: 'held',
  metered: {},
  charged: {},
  resolvedAtMs: 0,
  estimated: false,
} as const;

const pick = ({ key, produciblePerSecond, label }: Omit<ReserveMessage, 'least' | 'leaseMs'>) => ({
  key,
  produciblePerSecond,
  label,
});
