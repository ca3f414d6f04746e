// What a budget belongs to, and how a principal's written form says so. The wide tier of an address
// is known by its prefix length; every other scope by the word before the colon.

import { Fault } from '../result.ts';

/** Scopes that a route can name. */
export const SCOPES = [
  'user',
  'key',
  'agent',
  'device',
  'ip',
  'ipWide',
  'cohort',
  'tenant',
  'route',
  'model',
  'global',
] as const;

/**
 * `grace`: what a route may spend while ledgers cannot be reached. `pass`: what one human proof
 * allows to spend; its one limit is in the pass. `run`: what one call of an origin's route may set
 * in motion; its limits are in the grant. `loop`: what one message of a user may, where the caller
 * calls the tools; its limits are the route's. `preview`: what pages of a preview deployment may
 * spend.
 */
export type Scope = (typeof SCOPES)[number] | 'grace' | 'pass' | 'run' | 'loop' | 'preview';

/** Scopes whose members stand behind the prefix; one policy list is for all of them alike. */
export const PURSE_SCOPES = [
  'user',
  'key',
  'agent',
  'device',
  'ip',
  'ipWide',
  'cohort',
  'tenant',
] as const satisfies readonly Scope[];
export type PurseScope = (typeof PURSE_SCOPES)[number];

export const isPurse = (scope: Scope): scope is PurseScope =>
  PURSE_SCOPES.some((purse) => purse === scope);

/** One purse of many callers, spent from slices that the object which keeps it grants. */
export const SHARED_SCOPES: readonly Scope[] = [
  'cohort',
  'tenant',
  'preview',
  'route',
  'model',
  'global',
];

const BY_PREFIX: readonly (readonly [prefix: string, scope: Scope])[] = [
  ['key:', 'key'],
  ['agent:', 'agent'],
  ['device:', 'device'],
  ['cohort:', 'cohort'],
  ['user:', 'user'],
  ['tenant:', 'tenant'],
  ['route:', 'route'],
  ['model:', 'model'],
  ['preview:', 'preview'],
  ['grace:', 'grace'],
  ['pass:', 'pass'],
  ['run:', 'run'],
  ['loop:', 'loop'],
];

/** /24 of IPv4, /48 of IPv6, and all of what cannot be read. */
const WIDE_ENDINGS = ['/24', '/48', '/0'] as const;

export function scopeOf(principal: string): Scope {
  if (principal.startsWith('ip:')) {
    return WIDE_ENDINGS.some((ending) => principal.endsWith(ending)) ? 'ipWide' : 'ip';
  }
  if (principal === 'global') return 'global';
  for (const [prefix, scope] of BY_PREFIX) if (principal.startsWith(prefix)) return scope;
  throw new Fault('a principal of no known scope');
}
