// The part of a route that says who may ask for what: models and what they need, tools, system
// messages, loops, the app's own shape. As the operator writes it in, as the gates use it out.

import { utf8Length } from '../bytes.ts';
import { nanoUsdOf } from './limits.ts';
import type { Policy, Route } from './policy.ts';
import type { RouteSource } from './schema.ts';

export type Terms = Pick<
  Route,
  | 'requires'
  | 'modelRequires'
  | 'defaultModel'
  | 'downgrade'
  | 'shape'
  | 'tools'
  | 'system'
  | 'loop'
  | 'app'
  | 'mode'
  | 'rules'
>;

/** A user's message that is sent again after this is another run. */
const LOOP_SECONDS = 3_600;

/** A conversation may rest for a night. */
const APP_HOURS = 24;

/** A caller is suspicious from here on. */
const RISK_MIN = 3;

const modelRequiresOf = ({ modelRequires = [] }: RouteSource): Terms['modelRequires'] =>
  new Map(modelRequires.flatMap(({ models, needs }) => models.map((model) => [model, needs])));

function downgradeOf({ downgrade }: RouteSource): Terms['downgrade'] {
  if (downgrade === undefined) return null;
  const { ladder, on, riskMin = RISK_MIN } = downgrade;
  return { ladder, on: new Set(on), riskMin };
}

function toolsOf({ tools }: RouteSource, all: Policy['tools']): Terms['tools'] {
  if (tools === undefined) return null;
  const { names, ...rest } = tools;
  return { ...rest, names: names === undefined ? null : new Set(names), known: all };
}

function loopOf({ loop }: RouteSource): Terms['loop'] {
  if (loop === undefined) return null;
  const { usd, seconds = LOOP_SECONDS, ...rest } = loop;
  return { ...rest, seconds, nanoUsd: usd === undefined ? null : nanoUsdOf(usd) };
}

export function appOf({ app }: RouteSource, all: Policy['tools']): Terms['app'] {
  if (app === undefined) return null;
  const definitions = (app.tools ?? []).flatMap((name) => all.get(name) ?? []);
  const ownBytes = utf8Length(JSON.stringify([app.system, definitions]));
  const addedBytesMax = ownBytes + app.historyBytesMax;
  return { ...app, hoursMax: app.hoursMax ?? APP_HOURS, definitions, addedBytesMax };
}

export const termsOf = (route: RouteSource, { tools }: Pick<Policy, 'tools'>): Terms => ({
  requires: route.requires ?? null,
  modelRequires: modelRequiresOf(route),
  defaultModel: route.defaultModel ?? null,
  downgrade: downgradeOf(route),
  shape: route.shape ?? {},
  tools: toolsOf(route, tools),
  system: route.system ?? null,
  loop: loopOf(route),
  app: appOf(route, tools),
  mode: route.mode ?? null,
  rules: route.rules ?? {},
});
