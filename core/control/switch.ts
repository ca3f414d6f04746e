// What a kill switch is, and which of them a call meets: the names of the call against the switches
// that are on. A switch whose time is over is none, whoever has not tidied it away yet.

export const SWITCHES_MAX = 1_000;
export const REASON_CHARS_MAX = 256;
export const AUTHOR_CHARS_MAX = 128;
export const EXPIRY_SECONDS_MAX = 366 * 86_400;

/** `downgrade`: served on with a cheaper model where the route has one, refused elsewhere. */
export const SWITCH_ACTIONS = ['off', 'downgrade'] as const;
export type SwitchAction = (typeof SWITCH_ACTIONS)[number];

/** What a shard has to know of it. */
export type ShardSwitch = {
  /** In the one spelling that calls are named by. */
  readonly principal: string;
  readonly action: SwitchAction;
  /** Calls that are running end too. Only with `off`. */
  readonly cut: boolean;
  readonly expiresAtMs: number | null;
};

export type Switch = ShardSwitch & {
  readonly reason: string;
  readonly author: string;
  readonly createdAtMs: number;
};

export type SwitchTable = ReadonlyMap<string, ShardSwitch>;

export const tableOf = (switches: readonly ShardSwitch[]): SwitchTable =>
  new Map(switches.map((one) => [one.principal, one]));

export const isOn = ({ expiresAtMs }: Pick<ShardSwitch, 'expiresAtMs'>, nowMs: number): boolean =>
  expiresAtMs === null || expiresAtMs > nowMs;

const lastsLonger = (one: ShardSwitch, than: ShardSwitch): boolean =>
  (one.expiresAtMs ?? Number.MAX_SAFE_INTEGER) > (than.expiresAtMs ?? Number.MAX_SAFE_INTEGER);

/** Off counts before downgrade, and of two alike the one that lasts. */
const weighsMore = (one: ShardSwitch, than: ShardSwitch | null): boolean =>
  than === null || (one.action === than.action ? lastsLonger(one, than) : one.action === 'off');

function* met(table: SwitchTable, names: readonly string[], nowMs: number): Generator<ShardSwitch> {
  if (table.size === 0) return;
  for (const name of names) {
    const found = table.get(name);
    if (found !== undefined && isOn(found, nowMs)) yield found;
  }
}

/**
 * It is met by being served with a cheaper model; one on the model itself only by another model.
 */
const isMet = ({ action, principal }: ShardSwitch, isDowngraded: boolean): boolean =>
  action === 'downgrade' && isDowngraded && !principal.startsWith('model:');

/** The switch that decides about a call of these names, or null if it may begin. */
export function switchFor(
  table: SwitchTable,
  names: readonly string[],
  isDowngraded: boolean,
  nowMs: number,
): ShardSwitch | null {
  let decisive: ShardSwitch | null = null;
  for (const one of met(table, names, nowMs)) {
    if (isMet(one, isDowngraded)) continue;
    if (weighsMore(one, decisive)) decisive = one;
  }
  return decisive;
}

/** Is a call of these names to end where it runs? */
export function isCut(table: SwitchTable, names: readonly string[], nowMs: number): boolean {
  for (const { action, cut } of met(table, names, nowMs)) if (action === 'off' && cut) return true;
  return false;
}
