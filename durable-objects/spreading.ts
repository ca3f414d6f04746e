// Tells every shard of a change of the switches, all at once, and again and again those that have
// not said that they heard. Which these are is stored: a `Control` that dies in between goes on. A
// shard hears the whole list, so news that are lost, late or doubled do no harm.

import type { Spread, SwitchListener, SwitchNews } from '../core/control/messages.ts';
import { isOn, type Switch } from '../core/control/switch.ts';
import { setsOf, shardAddress, type ShardLayout } from '../core/ledger/layout.ts';
import type { ControlStore } from './control-store.ts';
import { inTime } from './in-time.ts';
import type { LedgerWorld } from './world.ts';

/** Whoever changes a switch waits for a shard for so long at the most. */
export const HEAR_MS_MAX = 1_500;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 60_000;

const EPOCH = 'epoch';
const LAYOUT = 'layout';
const UNHEARD = 'unheard';

type World = Pick<LedgerWorld, 'nowMs' | 'report'> & {
  readonly shard: (address: string) => SwitchListener;
};

const shardsOf = (layout: ShardLayout): string[] =>
  setsOf(layout).flatMap(({ epoch, count }) =>
    Array.from({ length: count }, (_, shard) => shardAddress(epoch, shard)),
  );

export class Spreading {
  readonly #world: World;
  readonly #store: ControlStore;
  #rounds = 0;

  constructor(world: World, store: ControlStore) {
    this.#world = world;
    this.#store = store;
  }

  news(): Required<SwitchNews> {
    const nowMs = this.#world.nowMs();
    const switches = this.#store
      .switches()
      .filter((one) => isOn(one, nowMs))
      .map(({ principal, action, cut, expiresAtMs }: Switch) => ({
        principal,
        action,
        cut,
        expiresAtMs,
      }));
    return { epoch: this.epoch, switches };
  }

  get epoch(): number {
    return this.#store.fact(EPOCH, 0);
  }

  /** In the transaction of the change. */
  changed(layout: ShardLayout | null): void {
    if (layout !== null) this.#store.putFact(LAYOUT, layout);
    const stored = layout ?? this.#store.fact<ShardLayout | null>(LAYOUT, null);
    this.#store.putFact(EPOCH, this.epoch + 1);
    this.#store.putFact(UNHEARD, stored === null ? [] : shardsOf(stored));
    this.#rounds = 0;
  }

  /**
   * A shard knows of a later epoch: this object was put back to an earlier day. What it says now is
   * news again. False if there is nothing to catch up with.
   */
  catchUp(known: number): boolean {
    if (known <= this.epoch) return false;
    this.#store.putFact(EPOCH, known + 1);
    return true;
  }

  /** When those that have not heard are told again; null if all have. */
  retryAtMs(): number | null {
    if (this.#store.fact<string[]>(UNHEARD, []).length === 0) return null;
    const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#rounds, 10));
    return this.#world.nowMs() + waitMs;
  }

  /** One round to all that have not heard. How far the change has got by its end. */
  async tell(): Promise<Spread> {
    const startedAtMs = this.#world.nowMs();
    const news = this.news();
    const asked = this.#store.fact<string[]>(UNHEARD, []);
    const heard = new Set<string>();
    let latest = news.epoch;
    await Promise.all(
      asked.map(async (address) => {
        try {
          const told = this.#world.shard(address).hearSwitches(news);
          latest = Math.max(latest, await inTime(told, HEAR_MS_MAX));
          heard.add(address);
        } catch (cause) {
          this.#world.report('switches-unheard', { address, cause: String(cause) });
        }
      }),
    );
    if (this.catchUp(latest)) return this.tell();
    this.#rounds += 1;
    // Another change meanwhile has news for everybody.
    if (this.epoch === news.epoch && heard.size > 0) {
      const left = this.#store.fact<string[]>(UNHEARD, []).filter((one) => !heard.has(one));
      this.#store.putFact(UNHEARD, left);
    }
    return {
      epoch: news.epoch,
      shards: asked.length,
      heard: heard.size,
      ms: this.#world.nowMs() - startedAtMs,
    };
  }
}
