// A Worker instance, as far as the ledger can tell: it gathers what it has to say to an object into
// one message, knows one layout of the shards, and can die between any two of its steps, after
// which nothing of it goes on.

import type { LedgerAddress, ShardLayout } from '../core/ledger/layout.ts';
import type {
  BatchReply,
  ExtendMessage,
  ExtendReply,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
  ResolveReply,
} from '../core/ledger/messages.ts';
import type { Town } from './town.ts';

type Part = {
  readonly kind: 'resolves' | 'reserves' | 'extends';
  readonly message: ResolveMessage | ReserveMessage | ExtendMessage;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (cause: unknown) => void;
};

type Parcel = { readonly layout: ShardLayout; readonly parts: Part[] };

const OFFSET_MS_MAX = 300;
const GATHERS_MS_MAX = 3;

export class Worker {
  readonly name: string;
  readonly #town: Town;
  readonly #offsetMs: number;
  readonly #parcels = new Map<string, Parcel>();
  #life = 0;
  layout: ShardLayout;
  callsInFlight = 0;

  constructor(town: Town, name: string) {
    this.#town = town;
    this.name = name;
    this.layout = town.layout;
    this.#offsetMs = town.dice.whole(-OFFSET_MS_MAX, OFFSET_MS_MAX);
  }

  nowMs(): number {
    return this.#town.nowMs + this.#offsetMs;
  }

  get life(): number {
    return this.#life;
  }

  die(): void {
    if (this.callsInFlight > 0) this.#town.states.saw('a Worker dies with a call in flight');
    this.#life += 1;
    this.callsInFlight = 0;
    this.#parcels.clear();
  }

  /** Goes on after the pause, unless the Worker has died: then never. */
  pause(waitMs: number, label: string): Promise<void> {
    const life = this.#life;
    return new Promise((resolve) => {
      this.#town.after(waitMs, `${this.name} ${label}`, () => {
        if (life === this.#life) resolve();
      });
    });
  }

  reserve(address: LedgerAddress, layout: ShardLayout, message: ReserveMessage) {
    return this.#say<ReserveReply>(address, layout, 'reserves', message);
  }

  extend(address: LedgerAddress, layout: ShardLayout, message: ExtendMessage) {
    return this.#say<ExtendReply>(address, layout, 'extends', message);
  }

  resolve(address: LedgerAddress, layout: ShardLayout, message: ResolveMessage) {
    return this.#say<ResolveReply>(address, layout, 'resolves', message);
  }

  #say<Reply>(
    address: LedgerAddress,
    layout: ShardLayout,
    kind: Part['kind'],
    message: Part['message'],
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const name = `${address} ${String(layout.epoch)}`;
      let parcel = this.#parcels.get(name);
      if (parcel === undefined) {
        parcel = { layout, parts: [] };
        this.#parcels.set(name, parcel);
        const life = this.#life;
        this.#town.after(this.#town.dice.whole(0, GATHERS_MS_MAX), `${this.name} sends`, () => {
          if (life === this.#life) this.#flush(address, name);
        });
      }
      parcel.parts.push({ kind, message, resolve: resolve as Part['resolve'], reject });
    });
  }

  #flush(address: LedgerAddress, name: string): void {
    const parcel = this.#parcels.get(name);
    if (parcel === undefined) return;
    this.#parcels.delete(name);
    const { parts, layout } = parcel;
    const life = this.#life;
    const of = (kind: Part['kind']): Part[] => parts.filter((part) => part.kind === kind);
    const batch = {
      self: address,
      layout,
      resolves: of('resolves').map(({ message }) => message as ResolveMessage),
      reserves: of('reserves').map(({ message }) => message as ReserveMessage),
      extends: of('extends').map(({ message }) => message as ExtendMessage),
    };
    if (parts.length > 1) this.#town.states.saw('several calls share one message');
    this.#town.network.send(
      address,
      { label: 'apply', message: batch, run: (ledger) => ledger.apply(batch) },
      (outcome) => {
        if (life !== this.#life) return;
        for (const kind of ['resolves', 'reserves', 'extends'] as const) {
          of(kind).forEach(({ resolve, reject }, index) => {
            if (!outcome.ok) reject(outcome.cause);
            else resolve((outcome.value as BatchReply)[kind][index]);
          });
        }
      },
    );
  }
}
