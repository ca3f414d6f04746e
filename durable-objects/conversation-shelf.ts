// One of a few fixed shelves for what is said on the apps' own routes: the only place where words
// of users and of models are stored. A row a conversation, because anybody can begin one; it knows
// nobody's name, and what is over goes.

import { DurableObject } from 'cloudflare:workers';
import type { Turn } from '../core/app/history.ts';
import type { KeepMessage, ShelfPort } from '../core/app/shelf.ts';
import { ShelfStore } from './shelf-store.ts';

/** Of one alarm. */
const EXPIRED_AT_ONCE = 500;
/** Between two alarms: what is over is not shown, and may wait for others. */
const ALARM_MS_MIN = 60_000;
/** Before the next, where one was not enough. */
const ALARM_AGAIN_MS = 100;

export class ConversationShelf<Env = unknown> extends DurableObject<Env> implements ShelfPort {
  readonly #store: ShelfStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new ShelfStore(ctx.storage);
  }

  async read(key: string): Promise<readonly Turn[] | null> {
    return this.#store.read(key, Date.now());
  }

  async keep(message: KeepMessage): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      this.#store.keep(message, Date.now());
    });
    // One that is kept for a year shall not keep one of an hour for as long.
    const dueMs = Date.now() + Math.max(message.keptMs, ALARM_MS_MIN);
    const armedMs = await this.ctx.storage.getAlarm();
    if (armedMs === null || armedMs > dueMs) await this.ctx.storage.setAlarm(dueMs);
  }

  async forget(owner: string): Promise<number> {
    return this.#store.forget(owner);
  }

  override async alarm(): Promise<void> {
    const isMore = this.#store.expire(Date.now(), EXPIRED_AT_ONCE);
    const nextMs = this.#store.nextMs();
    if (nextMs === null) return;
    const earliestMs = Date.now() + (isMore ? ALARM_AGAIN_MS : ALARM_MS_MIN);
    await this.ctx.storage.setAlarm(Math.max(nextMs, earliestMs));
  }
}
