// The one object that knows what an operator has switched off, who changed what, and which API keys
// there are. It is in no call's way: it pushes switches to the shards, which every call passes, and
// answers those that ask. It holds no money.

import { DurableObject } from 'cloudflare:workers';
import { type AuditAsk, AUDIT_PAGE_MAX, type AuditRow } from '../core/control/audit.ts';
import type {
  By,
  ControlPort,
  DeleteReply,
  KeyChange,
  KeyEntry,
  ListedAlert,
  PutReply,
  SwitchListener,
  SwitchNews,
} from '../core/control/messages.ts';
import { isOn, type Switch, SWITCHES_MAX } from '../core/control/switch.ts';
import type { Alert } from '../core/ledger/alert.ts';
import type { ShardLayout } from '../core/ledger/layout.ts';
import { ControlStore } from './control-store.ts';
import { logFromLedger } from './ledger-log.ts';
import type { LedgerBindings } from './ledger-object.ts';
import { Spreading } from './spreading.ts';

const CLOCK: By = { author: 'clock', reason: 'its time was over' };
/** An alarm of a moment that is past would come at once, and again. */
const ALARM_MS_MIN = 100;

/** Rows of one page of keys. */
export const KEYS_PAGE_MAX = 500;

export class Control<Env extends Pick<LedgerBindings, 'EDGE_SHARD'> = LedgerBindings>
  extends DurableObject<Env>
  implements ControlPort
{
  readonly #store: ControlStore;
  readonly #spreading: Spreading;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new ControlStore(ctx.storage.sql);
    const shard = (address: string): SwitchListener =>
      env.EDGE_SHARD.getByName(address) as SwitchListener;
    const world = { nowMs: () => Date.now(), report: logFromLedger, shard };
    this.#spreading = new Spreading(world, this.#store);
  }

  /** All of it or nothing: an exception between two writes would keep the first. */
  #change<Value>(work: (nowMs: number) => Value): Value {
    return this.ctx.storage.transactionSync(() => work(Date.now()));
  }

  #note(kind: AuditAsk['kind'], subject: string, by: By, ...facts: readonly [Facts, Facts]): void {
    const [before, after] = facts;
    const { author, reason } = by;
    this.#store.addAudit({ kind, subject, author, reason, before, after }, Date.now());
  }

  async switches(): Promise<readonly Switch[]> {
    const nowMs = Date.now();
    return this.#store.switches().filter((one) => isOn(one, nowMs));
  }

  /** Tidies away what is over. True if there was something. */
  #expire(nowMs: number): boolean {
    const over = this.#store.switches().filter((one) => !isOn(one, nowMs));
    for (const one of over) {
      this.#store.dropSwitch(one.principal);
      this.#note('switch-expired', one.principal, CLOCK, { ...one }, null);
    }
    return over.length > 0;
  }

  async putSwitch(layout: ShardLayout, asked: Switch): Promise<PutReply> {
    const before = this.#change((nowMs) => {
      this.#expire(nowMs);
      const all = this.#store.switches();
      const replaced = all.find(({ principal }) => principal === asked.principal) ?? null;
      if (replaced === null && all.length >= SWITCHES_MAX) return undefined;
      this.#store.putSwitch(asked);
      const kind = replaced === null ? 'switch-put' : 'switch-replaced';
      this.#note(kind, asked.principal, asked, replaced, { ...asked });
      this.#spreading.changed(layout);
      return replaced;
    });
    if (before === undefined) return { status: 'too-many-switches' };
    return { status: 'put', before, ...(await this.#spread()) };
  }

  async deleteSwitch(layout: ShardLayout, principal: string, by: By): Promise<DeleteReply> {
    const before = this.#change((nowMs) => {
      this.#expire(nowMs);
      const found = this.#store.switches().find((one) => one.principal === principal);
      if (found === undefined) return null;
      this.#store.dropSwitch(principal);
      this.#note('switch-deleted', principal, by, { ...found }, null);
      this.#spreading.changed(layout);
      return found;
    });
    if (before === null) return { status: 'unknown' };
    return { status: 'deleted', before, ...(await this.#spread()) };
  }

  /** Set before the first shard is told: whoever dies on the way is woken to go on. */
  async #spread() {
    await this.#arm();
    const spread = await this.#spreading.tell();
    await this.#arm();
    return spread;
  }

  /** The next thing to do without being asked: tell a shard again, or tidy a switch away. */
  async #arm(): Promise<void> {
    const ends = this.#store.switches().flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
    const retryAtMs = this.#spreading.retryAtMs();
    const nextMs = Math.min(...ends, retryAtMs ?? Number.POSITIVE_INFINITY);
    if (nextMs === Number.POSITIVE_INFINITY) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(nextMs, Date.now() + ALARM_MS_MIN));
  }

  override async alarm(): Promise<void> {
    this.#change((nowMs) => {
      if (this.#expire(nowMs)) this.#spreading.changed(null);
    });
    await this.#spread();
  }

  async pull(knownEpoch: number): Promise<SwitchNews> {
    this.#spreading.catchUp(knownEpoch);
    const { epoch } = this.#spreading;
    return epoch === knownEpoch ? { epoch, switches: null } : this.#spreading.news();
  }

  async audit(row: AuditAsk): Promise<void> {
    this.#store.addAudit(row, Date.now());
  }

  async audits(limit: number, before: number | null): Promise<readonly AuditRow[]> {
    return this.#store.audits(Math.min(limit, AUDIT_PAGE_MAX), before ?? Number.MAX_SAFE_INTEGER);
  }

  async registerKey(entry: KeyEntry, by: By): Promise<'registered' | 'too-many-keys'> {
    return this.#change(() => {
      const before = this.#store.key(entry.id);
      if (!this.#store.putKey(entry)) return 'too-many-keys';
      const kind = before === null ? 'key-created' : 'key-changed';
      this.#note(kind, `key:${entry.id}`, by, before, { ...entry });
      return 'registered';
    });
  }

  async keyChanged(id: string, change: KeyChange, by: By): Promise<KeyEntry | null> {
    return this.#change(() => {
      const before = this.#store.key(id);
      if (before === null) return null;
      const after = { ...before, ...change };
      this.#store.putKey(after);
      this.#note('key-changed', `key:${id}`, by, { ...before }, { ...after });
      return after;
    });
  }

  async listKeys(limit: number, after: string | null): Promise<readonly KeyEntry[]> {
    return this.#store.keys(Math.min(limit, KEYS_PAGE_MAX), after ?? '');
  }

  async alerted(alert: Alert): Promise<void> {
    this.#change((nowMs) => {
      this.#store.addAlert({ ...alert, atMs: nowMs });
    });
  }

  async alerts(limit: number): Promise<readonly ListedAlert[]> {
    return this.#store.alerts(limit);
  }
}

type Facts = AuditAsk['before'];
