// From an address to the name that is charged: an IPv4 address, or the /64 of an IPv6 one, because
// that is what one subscriber gets. Shards are chosen by the wider prefix (/24, /48), so that an
// address's counters at every tier live together.

import ipaddr from 'ipaddr.js';

/** Callers without a readable address share one purse. */
export const ADDRESS_UNKNOWN = 'ip:unknown';

/** `ip:203.0.113.7` or `ip:2001:db8:0:1::/64`. Mapped IPv4 is IPv4. */
export function ipPrincipal(address: string): string {
  if (!ipaddr.isValid(address)) return ADDRESS_UNKNOWN;
  if (!address.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(address)) {
    return ADDRESS_UNKNOWN;
  }
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return `ip:${parsed.toString()}`;
  const prefix = ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/64`);
  return `ip:${prefix.toString()}/64`;
}

/** What a shard is chosen by: the wider tier of an address, the whole name of anything else. */
function widePrefix(principal: string): string {
  if (!principal.startsWith('ip:')) return principal;
  const address = principal.slice(3);
  if (!address.includes(':')) return address.slice(0, Math.max(0, address.lastIndexOf('.')));
  const groups = ipaddr.isValid(address.replace(/\/64$/, ''))
    ? ipaddr.parse(address.replace(/\/64$/, '')).toNormalizedString().split(':')
    : [address];
  return groups.slice(0, 3).join(':');
}

/** FNV-1a: spreads names, protects nothing. */
export function shardOf(principal: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const char of widePrefix(principal)) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
