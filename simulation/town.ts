// Everything of one seed: objects, Workers, callers, the network between them, true time, and what
// watches over it. Nothing in here knows what a right answer is; the auditor does.

import { addressOf, type LedgerAddress, type ShardLayout } from '../core/ledger/layout.ts';
import { Agenda, drain } from './agenda.ts';
import { Auditor } from './auditor.ts';
import { Clock, START_TIMES } from './clock.ts';
import { Dice } from './dice.ts';
import { Faults } from './faults.ts';
import { Host } from './host.ts';
import { Network } from './network.ts';
import { drawPolicy, type Policy } from './policy.ts';
import type { LedgerMaker } from './port.ts';
import { States } from './states.ts';
import { Trace } from './trace.ts';

export class Town {
  readonly dice: Dice;
  readonly agenda = new Agenda();
  readonly hosts = new Map<LedgerAddress, Host>();
  readonly network: Network;
  readonly auditor: Auditor;
  readonly faults: Faults;
  readonly states = new States();
  readonly trace = new Trace();
  readonly policy: Policy;
  readonly makeLedger: LedgerMaker;
  readonly startMs: number;
  nowMs: number;
  /** The newest set of shards. A Worker may know only an older one. */
  layout: ShardLayout;
  events = 0;
  /** What a call threw that nobody waits for. */
  #thrown: readonly unknown[] = [];
  /** Why an object ended itself, where that was not a stale twin's due. */
  readonly #failures: string[] = [];

  constructor(seed: number, makeLedger: LedgerMaker) {
    this.dice = new Dice(seed);
    this.startMs = this.dice.pick(START_TIMES) + this.dice.whole(0, 20_000);
    this.nowMs = this.startMs;
    this.makeLedger = makeLedger;
    this.policy = drawPolicy(this.dice);
    this.layout = { epoch: 1, count: this.dice.whole(2, 3), previous: null };
    this.faults = new Faults(this.dice);
    this.network = new Network(this);
    this.auditor = new Auditor(this);
  }

  host(address: LedgerAddress): Host {
    const known = this.hosts.get(address);
    if (known !== undefined) return known;
    const host = new Host(this, address, new Clock(this.startMs, this.dice));
    this.hosts.set(address, host);
    return host;
  }

  addressOf(principal: string): LedgerAddress {
    return addressOf(principal, this.layout);
  }

  after(waitMs: number, label: string, run: () => void | Promise<void>): void {
    this.agenda.plan({ atMs: this.nowMs + Math.max(0, waitMs), label, run });
  }

  /** Time goes by and nothing happens. */
  wait(forMs: number): void {
    this.nowMs += forMs;
  }

  /** An object ended its own incarnation. */
  aborted(host: Host, isCurrent: boolean, reason: string): void {
    this.trace.add(`  ${host.address} aborts: ${reason}`);
    if (isCurrent && !reason.includes('this incarnation is over')) {
      this.#failures.push(`${host.address}: ${reason}`);
    }
  }

  fail(cause: unknown): void {
    this.#thrown = [...this.#thrown, cause];
  }

  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Lets the next thing happen. False when there is nothing left. */
  async step(): Promise<boolean> {
    const entry = this.agenda.next();
    if (entry === null) return false;
    this.nowMs = Math.max(this.nowMs, entry.atMs);
    this.events += 1;
    this.trace.add(`${String(this.nowMs - this.startMs)} ${entry.label}`);
    await entry.run();
    await drain();
    if (this.#thrown.length > 0) throw this.#thrown[0];
    return true;
  }

  close(): void {
    for (const host of this.hosts.values()) host.database.close();
  }
}
