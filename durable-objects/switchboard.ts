// The switches as one shard knows them: what `Control` told it last, in memory and in a row, so
// that a shard that was evicted knows them at once. Whoever is silent for a second is asked,
// beside the calls and never in front of them; only a shard that has never heard anything waits
// for the answer, and not for long. It refuses nothing because it could not ask.

import type { ControlPort, SwitchNews } from '../core/control/messages.ts';
import { isCut, switchFor, type SwitchTable, tableOf } from '../core/control/switch.ts';
import type { ReserveMessage, ResolveMessage, Switched } from '../core/ledger/messages.ts';
import { runPrincipal } from '../core/run/account.ts';
import { inTime } from './in-time.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { LedgerWorld } from './world.ts';

/** Whoever has not heard for so long asks. */
export const HEARD_MS_MAX = 1_000;
/** For so long the first calls of a shard that knows nothing wait. */
export const FIRST_PULL_MS_MAX = 500;
const PULL_MS_MAX = 5_000;
/** Runs whose names are remembered for their steps: more than one shard holds open. */
const RUNS_MAX = 4_096;

const ROW = 'switches';
/** What every name of a run begins with. */
const RUN = runPrincipal('');

type World = Pick<LedgerWorld, 'nowMs' | 'report'> & { readonly control: () => ControlPort };

export class Switchboard {
  readonly #world: World;
  readonly #store: Pick<LedgerStore, 'getMeta' | 'putMeta'>;
  /** Below every epoch: nothing was ever heard. */
  #epoch = -1;
  #table: SwitchTable = new Map();
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #pulling: Promise<void> | null = null;
  /** `run:…` → what the call is that opened it. It says so again with every renewal. */
  readonly #runs = new Map<string, readonly string[]>();

  constructor(world: World, store: Pick<LedgerStore, 'getMeta' | 'putMeta'>) {
    this.#world = world;
    this.#store = store;
    const row = store.getMeta(ROW);
    if (row !== null) this.#take(JSON.parse(row) as Required<SwitchNews>);
  }

  #take({ epoch, switches }: SwitchNews): void {
    this.#epoch = epoch;
    if (switches !== null) this.#table = tableOf(switches);
  }

  /** News of an epoch that is known, or of one before it, change nothing. The epoch it is at. */
  hear(news: SwitchNews): number {
    this.#heardAtMs = this.#world.nowMs();
    if (news.epoch > this.#epoch && news.switches !== null) {
      this.#store.putMeta(ROW, JSON.stringify(news));
      this.#take(news);
    }
    return this.#epoch;
  }

  /** Before a message: what it has to wait for, or null. */
  look(): Promise<void> | null {
    const sinceMs = this.#world.nowMs() - this.#heardAtMs;
    // A clock that was set back says nothing of how long it has been.
    if (this.#pulling === null && !(sinceMs >= 0 && sinceMs < HEARD_MS_MAX)) {
      this.#pulling = this.#pull(this.#epoch < 0 ? FIRST_PULL_MS_MAX : PULL_MS_MAX);
    }
    return this.#epoch < 0 ? this.#pulling : null;
  }

  /** One at a time. Never throws. */
  async #pull(msMax: number): Promise<void> {
    try {
      this.hear(await inTime(this.#world.control().pull(this.#epoch), msMax));
    } catch (cause) {
      // The next one who comes asks again, when a second has passed.
      this.#heardAtMs = this.#world.nowMs();
      this.#world.report('control-unreachable', { epoch: this.#epoch, cause: String(cause) });
    } finally {
      this.#pulling = null;
    }
  }

  /** With those of the call that opened the run, if this is a step of one. */
  #namesOf({ key, names = [] }: Pick<ReserveMessage, 'key' | 'names'>): readonly string[] {
    const run = names.find((name) => name.startsWith(RUN));
    if (run === undefined) return names;
    if (run !== runPrincipal(key)) return [...names, ...(this.#runs.get(run) ?? [])];
    this.#runs.delete(run);
    const [oldest] = this.#runs.keys();
    if (oldest !== undefined && this.#runs.size >= RUNS_MAX) this.#runs.delete(oldest);
    this.#runs.set(run, names);
    return names;
  }

  refuses(message: ReserveMessage, nowMs: number): Switched | null {
    const { isDowngraded = false } = message;
    const found = switchFor(this.#table, this.#namesOf(message), isDowngraded, nowMs);
    if (found === null) return null;
    const { principal, action, expiresAtMs } = found;
    return { status: 'switched', principal, action, untilMs: expiresAtMs };
  }

  cuts(message: ResolveMessage, nowMs: number): boolean {
    return isCut(this.#table, this.#namesOf(message), nowMs);
  }
}
