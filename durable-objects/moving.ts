// Accounts that change their object when the number of shards changes. The new shard asks the old
// one when it first needs an account; the old one remembers where it went and takes nothing for it
// any more. Calls that are on hold in the old shard end there, and count as used in the new one
// until they do.

import {
  type Account,
  accountTimeMs,
  type Cell,
  move,
  type Movement,
  unitOfCounter,
} from '../core/ledger/account.ts';
import type { Hold } from '../core/ledger/hold.ts';
import {
  addressOf,
  isMintable,
  type LedgerAddress,
  type ShardLayout,
} from '../core/ledger/layout.ts';
import type { Place } from '../core/ledger/messages.ts';
import type {
  Correction,
  CorrectMessage,
  HandedOver,
  HandOverMessage,
} from '../core/ledger/peer-messages.ts';
import { chargedMovements } from '../core/ledger/resolve.ts';
import { Fault } from '../core/result.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { Turn } from './slices.ts';
import type { LedgerWorld } from './world.ts';

/** Names known to be new here. */
const CHECKED_MAX = 8_192;

export class Moving {
  readonly #world: LedgerWorld;
  readonly #store: LedgerStore;
  readonly #turn: Turn;
  readonly #checked = new Set<string>();

  constructor(world: LedgerWorld, store: LedgerStore, turn: Turn) {
    this.#world = world;
    this.#store = store;
    this.#turn = turn;
  }

  /** Those of these accounts that an older set of shards may keep. */
  missing({ layout }: Pick<Place, 'layout'>, principals: readonly string[]): readonly string[] {
    if (layout.previous === null) return [];
    return principals.filter(
      (principal) =>
        isMintable(principal) &&
        !this.#checked.has(principal) &&
        !this.#store.accounts.has(principal),
    );
  }

  /** Fetches accounts from the older set. Throws if it cannot: then nothing is admitted. */
  async bring(
    self: LedgerAddress,
    previous: ShardLayout,
    principals: readonly string[],
  ): Promise<void> {
    const byHome = new Map<LedgerAddress, string[]>();
    for (const principal of principals) {
      const home = addressOf(principal, previous);
      byHome.set(home, [...(byHome.get(home) ?? []), principal]);
    }
    const handed = await Promise.all(
      [...byHome].map(([home, mine]) =>
        this.#world
          .peer(home)
          .handOver({ self: home, layout: previous, principals: mine, to: self }),
      ),
    );
    this.#turn(() => {
      for (const one of handed.flat()) this.#settleIn(one);
    });
  }

  #settleIn({ principal, account, answers = [] }: HandedOver): void {
    if (this.#checked.size >= CHECKED_MAX) this.#checked.clear();
    this.#checked.add(principal);
    if (this.#store.accounts.has(principal) || isBlank(account)) return;
    this.#store.putAccount(principal, account, true);
    this.#store.answers.takeOver(principal, answers);
  }

  async handOver({
    principals,
    to,
    self,
    layout,
  }: HandOverMessage): Promise<readonly HandedOver[]> {
    const missing = this.missing({ layout }, principals);
    if (layout.previous !== null && missing.length > 0) {
      await this.bring(self, layout.previous, missing);
    }
    // Two sets cannot both be the next: an account that went to one is not there for the other.
    const gone = principals.find((principal) => this.#wentElsewhere(principal, to));
    if (gone !== undefined) throw new Fault('the account has moved to another object');
    return this.#turn((nowMs) =>
      principals.map((principal) => {
        const account = this.#store.account(principal);
        if (account.movedTo === undefined) {
          // The mark is as young as the move: it is not swept away before the old set is gone.
          const clockMs = accountTimeMs(account, nowMs);
          this.#store.putAccount(principal, { ...account, clockMs, movedTo: to }, true);
        }
        return {
          principal,
          account: travelling(account, this.#onHold(principal)),
          answers: this.#store.answers.rowsOf(principal, nowMs),
        };
      }),
    );
  }

  #wentElsewhere(principal: string, to: LedgerAddress): boolean {
    const { movedTo } = this.#store.account(principal);
    return movedTo !== undefined && movedTo !== to;
  }

  /** What a correction will come for. */
  #onHold(principal: string): readonly string[] {
    return [...this.#store.openHolds().values()]
      .filter(({ accounts }) => accounts.some((one) => one.principal === principal))
      .map(correctionId);
  }

  /** What an ended hold of a moved account gives back to the account's new home. */
  tellNewHomes(hold: Hold): void {
    for (const { principal, taken } of hold.accounts) {
      const { movedTo } = this.#store.account(principal);
      if (movedTo === undefined) continue;
      // What it took is negative in `held`; all of that counts as used at the new home.
      const movements = chargedMovements(taken, hold.charged)
        .filter(({ name }) => unitOfCounter(name) !== 'concurrentCalls')
        .map(({ name, windowId, used, held }) => ({ name, windowId, used: used + held, held: 0 }))
        .filter(({ name, used }) => used !== 0 && !(used < 0 && name.includes('-rolling-')));
      if (movements.length === 0) continue;
      const message = { id: correctionId(hold), principal, movements, adjusts: false };
      void this.tell({ to: movedTo, message });
    }
  }

  /** Never throws: what is lost is reported, and leaves an account charged too much. */
  async tell({ to, message }: Correction): Promise<void> {
    try {
      await this.#world.peer(to).correct(message);
    } catch (cause) {
      this.#world.report('correction-lost', { to, ...message, cause: String(cause) });
    }
  }

  async correct(message: CorrectMessage): Promise<void> {
    const { id, principal, movements, adjusts } = message;
    const movedOn = this.#turn((nowMs) => {
      const account = this.#store.account(principal);
      if (account.movedTo !== undefined) return account.movedTo;
      // What did not come along on hold needs no correction; nothing is corrected a second time.
      const { awaiting = [] } = account;
      const known = adjusts
        ? this.#store.side.get('adjustment', principal, id) !== null
        : !awaiting.includes(id);
      if (known || !this.#store.accounts.has(principal)) return null;
      // A person may have taken out of the counter meanwhile what the hold had brought along.
      const fitting = movements.map((one) => ({ ...one, used: atMost(account, one) }));
      const row = JSON.stringify({ atMs: nowMs, movements: fitting });
      this.#store.side.put('adjustment', principal, id, row);
      const still = awaiting.filter((other) => other !== id);
      const left = adjusts ? account : { ...account, awaiting: still };
      this.#store.putAccount(principal, move(left, fitting, nowMs), true);
      return null;
    });
    if (movedOn !== null) await this.tell({ to: movedOn, message });
  }
}

const correctionId = ({ key }: Pick<Hold, 'key'>): string => `moved:${key}`;

/** What the movement takes out of a counter, at most all that is in it. */
function atMost({ cells }: Account, { name, windowId, used }: Movement): number {
  const cell = cells[name]?.find((one) => one.windowId === windowId);
  return Math.max(used, -(cell?.used ?? 0));
}

/** Nothing to take along. */
const isBlank = ({ cells, caps, cohort }: Account): boolean =>
  Object.keys(cells).length === 0 && Object.keys(caps).length === 0 && cohort === undefined;

/** What is on hold or granted to others is counted as used; calls in progress are not counted. */
function travelling(
  { movedTo: _to, awaiting = [], ...account }: Account,
  onHold: readonly string[],
): Account {
  const cells: Record<string, readonly Cell[]> = {};
  for (const [name, list] of Object.entries(account.cells)) {
    if (unitOfCounter(name) === 'concurrentCalls') continue;
    cells[name] = list.map(({ windowId, used, held, leased = 0, leak }) => ({
      windowId,
      used: used + held + leased,
      held: 0,
      ...(leak === undefined ? {} : { leak }),
    }));
  }
  const still = [...awaiting, ...onHold];
  return { ...account, cells, ...(still.length === 0 ? {} : { awaiting: still }) };
}
