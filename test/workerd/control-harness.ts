// What the tests of switches share: the one `Control` there is, switches with sensible defaults,
// and calls by name at a shard.

import { env } from 'cloudflare:workers';
import type { By, ControlPort, PutReply } from '../../core/control/messages.ts';
import type { Switch } from '../../core/control/switch.ts';
import type { ShardLayout } from '../../core/ledger/layout.ts';
import type { ReserveMessage, ReserveReply } from '../../core/ledger/messages.ts';
import type { Control } from '../../durable-objects/control.ts';
import type { EdgeShard } from '../../durable-objects/edge-shard.ts';
import { ask, freshPrincipal, LAYOUT, reserve, shardNamed } from './ledger-harness.ts';

export const BY: By = { author: 'ada', reason: 'a test' };

/** Made anew for every use, as every stub is. */
export const control = (): DurableObjectStub<Control> => env.CONTROL.getByName('control');
export const port = (): ControlPort => control();

export const shard = (name: string): DurableObjectStub<EdgeShard> => env.EDGE_SHARD.getByName(name);

export const switchOn = (principal: string, more: Partial<Switch> = {}): Switch => ({
  principal,
  action: 'off',
  cut: false,
  ...BY,
  createdAtMs: Date.now(),
  expiresAtMs: null,
  ...more,
});

export const put = (
  principal: string,
  more: Partial<Switch> = {},
  layout: ShardLayout = LAYOUT,
): Promise<PutReply> => port().putSwitch(layout, switchOn(principal, more));

export const lift = (principal: string, layout: ShardLayout = LAYOUT) =>
  port().deleteSwitch(layout, principal, BY);

/** A call that is all of this, at this shard. */
export const callAs = (
  shardName: string,
  names: readonly string[],
  more: Partial<ReserveMessage> = {},
): Promise<ReserveReply> =>
  reserve(shardNamed(shardName), ask(freshPrincipal('ip:test'), { names, ...more }));

export const statusAs = async (shardName: string, ...names: string[]): Promise<string> =>
  (await callAs(shardName, names)).status;

let users = 0;
/** Nobody else's. */
export function somebody(scope = 'user'): string {
  users += 1;
  return `${scope}:switched-${String(users)}`;
}

/** A shard hears of one switch as `Control` would say it. */
export const hearOff = (shardName: string, principal: string): Promise<number> =>
  shard(shardName).hearSwitches({
    epoch: Date.now(),
    switches: [{ principal, action: 'off', cut: false, expiresAtMs: null }],
  });
