// One ledger object on a platform that misbehaves: it is evicted, dies between two steps or inside
// a turn, and is replaced while an older self still answers. A turn is one transaction; what it
// says, asks or sets leaves only when that is committed.

import type { PeerPort } from '../core/ledger/peer-messages.ts';
import { isShardAddress, type LedgerAddress } from '../core/ledger/layout.ts';
import type { LedgerWorld } from '../durable-objects/world.ts';
import { drain } from './agenda.ts';
import { Alarm } from './alarm.ts';
import type { Clock } from './clock.ts';
import { Database } from './database.ts';
import type { SimulatedLedger } from './port.ts';
import type { Outcome, Request } from './network.ts';
import type { Town } from './town.ts';

const SHARD_RETENTION_MS = 24 * 3_600_000;
const PRINCIPAL_RETENTION_MS = 15 * 60_000;
/** How often a message goes to an older self that is still there. */
const STALE_ANSWERS = 0.4;

/** One incarnation. */
export type Life = {
  readonly number: number;
  ledger: SimulatedLedger;
  isDead: boolean;
  readonly waiting: Set<Request>;
};

export class Host {
  readonly address: LedgerAddress;
  readonly clock: Clock;
  readonly database = new Database();
  readonly alarm: Alarm;
  readonly #town: Town;
  #current: Life | null = null;
  #stale: Life | null = null;
  #lives = 0;
  #outbox: (() => void)[] = [];

  constructor(town: Town, address: LedgerAddress, clock: Clock) {
    this.#town = town;
    this.address = address;
    this.clock = clock;
    this.alarm = new Alarm(town, this);
  }

  get current(): Life | null {
    return this.#current;
  }

  nowMs(): number {
    return this.clock.read(this.#town.nowMs);
  }

  isCurrent(life: Life): boolean {
    return life === this.#current;
  }

  #world(life: Life): LedgerWorld {
    return {
      sql: {
        exec: (query, ...bindings) => {
          if (life.isDead) throw new Error('this incarnation is over');
          const isStale = !this.isCurrent(life);
          try {
            return this.database.exec(query, bindings, isStale);
          } catch (cause) {
            if (isStale) this.#town.states.saw('a stale twin is refused by storage');
            throw cause;
          }
        },
      },
      alarms: {
        getAlarm: async () => this.alarm.atMs,
        setAlarm: (atMs) => {
          if (this.isCurrent(life)) this.#outbox.push(() => this.alarm.set(atMs));
        },
      },
      nowMs: () => this.nowMs(),
      abort: (reason) => {
        this.#town.aborted(this, this.isCurrent(life), reason);
        this.#end(life);
      },
      peer: (address) => this.#peer(life, address),
      report: (event) => {
        this.#town.trace.add(`  ${this.address} reports ${event}`);
      },
      alert: () => undefined,
    };
  }

  #peer(life: Life, address: LedgerAddress): PeerPort {
    const ask = <Reply>(
      label: string,
      message: unknown,
      run: (ledger: SimulatedLedger) => Promise<Reply>,
    ): Promise<Reply> =>
      new Promise((resolve, reject) => {
        this.#outbox.push(() => {
          this.#town.network.send(address, { label, message, run }, (outcome) => {
            this.#town.auditor.hears(this, life, label, outcome);
            return this.turn(life, () => {
              if (outcome.ok) resolve(outcome.value as Reply);
              else reject(outcome.cause);
            });
          });
        });
      });
    return {
      draw: (message) => ask('draw', message, (ledger) => ledger.draw(message)),
      recall: (message) => ask('recall', message, (ledger) => ledger.recall(message)),
      handOver: (message) => ask('handOver', message, (ledger) => ledger.handOver(message)),
      correct: (message) => ask('correct', message, (ledger) => ledger.correct(message)),
    };
  }

  /** Makes the object present: a new incarnation on what storage has. */
  async start(): Promise<Life> {
    if (this.#current !== null) return this.#current;
    const life = { number: (this.#lives += 1), isDead: false, waiting: new Set<Request>() } as Life;
    this.#current = life;
    const retentionMs = isShardAddress(this.address) ? SHARD_RETENTION_MS : PRINCIPAL_RETENTION_MS;
    life.ledger = this.#town.makeLedger(this.#world(life), retentionMs);
    this.database.watch();
    const woken = life.ledger.wake();
    await drain();
    await woken;
    this.#release(life);
    if (life.number > 1) this.#town.auditor.recovered(this);
    return life;
  }

  #release(life: Life): void {
    const changes = this.database.commit();
    const outbox = this.#outbox;
    this.#outbox = [];
    this.#town.auditor.committed(this, life, changes);
    for (const leave of outbox) leave();
  }

  /** Everything one event sets off, as one transaction. */
  async turn(life: Life, work: () => void): Promise<void> {
    if (life.isDead) return;
    this.#outbox = [];
    work();
    await drain();
    if (!life.isDead && this.#town.faults.crashesInTurn()) {
      this.#town.states.saw('a crash inside a turn loses the turn');
      this.#town.trace.add(`  ${this.address} crashes before the commit`);
      this.#end(life);
    }
    if (life.isDead) {
      this.database.rollback();
      this.#outbox = [];
    } else {
      this.#release(life);
      if (this.isCurrent(life)) this.#town.auditor.admissions.alarmIsSet(this);
    }
  }

  async deliver(request: Request): Promise<void> {
    const stale = this.#stale;
    const toStale = stale !== null && !stale.isDead && this.#town.dice.chance(STALE_ANSWERS);
    const life = toStale ? stale : await this.start();
    life.waiting.add(request);
    await this.turn(life, () => {
      void this.#handle(life, request);
    });
  }

  async #handle(life: Life, request: Request): Promise<void> {
    const outcome = await request.run(life.ledger).then(
      (value): Outcome => ({ ok: true, value }),
      (cause: unknown): Outcome => ({ ok: false, cause }),
    );
    this.#outbox.push(() => {
      if (life.waiting.delete(request)) request.answer(outcome, this, life);
    });
  }

  async ring(): Promise<void> {
    const life = await this.start();
    let failed = false;
    await this.turn(life, () => {
      life.ledger.alarm().catch(() => {
        failed = true;
      });
    });
    if (failed || life.isDead) this.alarm.retry();
    else this.#town.auditor.afterAlarm(this);
  }

  #end(life: Life): void {
    Object.assign(life, { isDead: true });
    if (this.#current === life) this.#current = null;
    if (this.#stale === life) this.#stale = null;
    for (const request of life.waiting) {
      request.answer({ ok: false, cause: new Error('the object was reset') }, this, life);
    }
    life.waiting.clear();
  }

  /** Memory is gone; what it was busy with fails. */
  crash(): void {
    if (this.#current !== null) this.#end(this.#current);
  }

  /** A note in storage. */
  meta(name: string): unknown {
    const query = `SELECT body AS value FROM side WHERE kind = 'meta' AND subject = ?`;
    const rows = this.database.exec(query, [name], false);
    return rows.toArray()[0]?.['value'];
  }

  get isIdle(): boolean {
    return this.#current !== null && this.#current.waiting.size === 0;
  }

  /** A new incarnation starts elsewhere while this one does not know. */
  async replace(): Promise<void> {
    if (this.#stale !== null) this.#end(this.#stale);
    this.#stale = this.#current;
    this.#current = null;
    await this.start();
  }

  endStale(): void {
    if (this.#stale !== null) this.#end(this.#stale);
  }
}
