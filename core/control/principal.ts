// The one spelling of what a switch is on, as calls are named by it: addresses folded as callers'
// addresses are, scopes in lower case. What no call can ever be named is refused, because a switch
// on it would look as if it worked.

import ipaddr from 'ipaddr.js';
import { ADDRESS_UNKNOWN, ipPrincipal, wideIpPrincipal } from '../address.ts';
import { readApiKeyId } from '../api-key-id.ts';
import { isUserId, USER_ID_CHARS_MAX, userIdOf } from '../user-id.ts';

/** Long enough for every name there is. */
export const PRINCIPAL_CHARS_MAX = USER_ID_CHARS_MAX + 16;

/** What may stand behind the colon: no blank or quote. */
const NAME = new RegExp(`^[A-Za-z0-9._:/@~-]{1,${String(USER_ID_CHARS_MAX)}}$`);

const PLAIN_SCOPES: ReadonlySet<string> = new Set([
  'device',
  'agent',
  'route',
  'model',
  'provider',
  'tenant',
  'plan',
]);

export const SWITCH_PRINCIPALS =
  'user:…, key:…, device:…, agent:…, ip:…, route:…, model:…, provider:…, tenant:…, plan:… ' +
  'or global; ' +
  'addresses as 203.0.113.7, 203.0.113.0/24, 2001:db8::/64 or 2001:db8::/48';

/** An address as the whole of what one caller has, or one of the two tiers; else null. */
function address(text: string): string | null {
  if (`ip:${text}` === ADDRESS_UNKNOWN) return ADDRESS_UNKNOWN;
  const [plain = '', bits, ...rest] = text.split('/');
  // A zone says which wire of one machine it is: nothing that a caller's address has.
  if (rest.length > 0 || plain.includes('%')) return null;
  const own = ipPrincipal(plain);
  if (own === ADDRESS_UNKNOWN) return null;
  if (bits === undefined) return own;
  // The prefix of a mapped address counts other bits.
  if (own.includes(':', 'ip:'.length) !== plain.includes(':')) return null;
  const tiers = ipaddr.parse(plain).kind() === 'ipv4' ? ['32', '24'] : ['64', '48'];
  if (bits === tiers[0]) return own;
  return bits === tiers[1] ? wideIpPrincipal(own) : null;
}

/** What switches a principal itself meets: its own, its wider network's, and everything's. */
export const switchesOf = (principal: string): readonly string[] => [
  principal,
  ...(principal.startsWith('ip:') ? [wideIpPrincipal(principal)] : []),
  'global',
];

/** Null for what no call is named. */
export function switchPrincipal(text: string): string | null {
  const at = text.indexOf(':');
  const scope = (at < 0 ? text : text.slice(0, at)).toLowerCase();
  if (at < 0) return scope === 'global' || scope === 'everything' ? 'global' : null;
  const name = text.slice(at + 1);
  if (scope === 'ip') return address(name.toLowerCase());
  if (scope === 'user') {
    // As the identity provider calls it; whatever is an id already is that id.
    const id = isUserId(name) ? name : userIdOf(name);
    return id === null ? null : `user:${id}`;
  }
  if (!NAME.test(name)) return null;
  // A whole key must not get into a list of switches: only ids look like ids.
  if (scope === 'key') return readApiKeyId(name) === null ? null : `key:${name}`;
  return PLAIN_SCOPES.has(scope) ? `${scope}:${name}` : null;
}
