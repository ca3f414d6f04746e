// Kill switches by hand: what is off, put or lift one, and how far the change has got. Who and why
// are part of every change; the answer says how many shards have heard of it.

import { Hono } from 'hono/tiny';
import type { Spread } from '../../core/control/messages.ts';
import { switchAsk, switchEnd, switchOf } from '../../core/control/schema.ts';
import { type Switch, SWITCHES_MAX } from '../../core/control/switch.ts';
import { invalidRequest } from '../../core/invalid-request.ts';
import { ok } from '../../core/result.ts';
import type { AppEnv } from '../app.ts';
import { isoTime, readJson, say } from './admin-answers.ts';

/** As it is read: times in words that people use. */
export const shownSwitch = ({ createdAtMs, expiresAtMs, ...one }: Switch) => ({
  ...one,
  createdAt: isoTime(createdAtMs),
  expiresAt: isoTime(expiresAtMs),
});

const spreadOf = ({ epoch, shards, heard, ms }: Spread) => ({ epoch, shards, heard, ms });

export const switches = new Hono<AppEnv>();

switches.get('/', async (c) => {
  const all = await c.get('deps').control.port.switches();
  return c.json({ switches: all.map(shownSwitch) });
});

switches.put('/', async (c) => {
  const { control, ledgers, nowMs } = c.get('deps');
  const body = await readJson(c, switchAsk);
  if (!body.ok) return say(c, body.error);
  const asked = switchOf(body.value, nowMs());
  const reply = await control.port.putSwitch(ledgers.layout, asked);
  if (reply.status === 'too-many-switches') {
    const sentence = `There are ${String(SWITCHES_MAX)} switches already. Lift one first.`;
    return say(c, { kind: 'request-invalid', sentence });
  }
  const replaced = reply.before === null ? null : shownSwitch(reply.before);
  return c.json({ switch: shownSwitch(asked), replaced, ...spreadOf(reply) });
});

switches.delete('/', async (c) => {
  const { control, ledgers } = c.get('deps');
  const query = c.req.query();
  const inQuery = Object.keys(query).length > 0 ? switchEnd.safeParse(query) : null;
  if (inQuery?.success === false) return say(c, invalidRequest(inQuery.error));
  const body = inQuery === null ? await readJson(c, switchEnd) : ok(inQuery.data);
  if (!body.ok) return say(c, body.error);
  const { principal, ...by } = body.value;
  const reply = await control.port.deleteSwitch(ledgers.layout, principal, by);
  if (reply.status === 'unknown') return say(c, { kind: 'not-found', what: 'switch' });
  return c.json({ switch: null, lifted: shownSwitch(reply.before), ...spreadOf(reply) });
});
