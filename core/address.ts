// From an address to the name that is charged: an IPv4 address, or the /64 of an IPv6 one, because
// that is what one subscriber gets. Shards are chosen by the wider prefix (/24, /48), so that an
// address's counters at every tier, and of the cohorts that began there, live together.

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

/** The wide purse of callers without a readable address. */
const WIDE_UNKNOWN = 'ip:unknown/0';

/**
 * The second tier: `ip:203.0.113.0/24` or `ip:2001:db8:1::/48`. One that is wide already is itself.
 * Whatever cannot be read is `ip:unknown/0`, so that nobody escapes this tier either.
 */
export function wideIpPrincipal(principal: string): string {
  const [address = ''] = principal.slice('ip:'.length).split('/');
  if (!principal.startsWith('ip:') || !ipaddr.isValid(address)) return WIDE_UNKNOWN;
  if (!address.includes(':')) {
    return `ip:${ipaddr.IPv4.networkAddressFromCIDR(`${address}/24`).toString()}/24`;
  }
  return `ip:${ipaddr.IPv6.networkAddressFromCIDR(`${address}/48`).toString()}/48`;
}

/**
 * The purse of all device keys that first appear in one wide network on one UTC day:
 * `cohort:203.0.113.0/24@2026-11-21`.
 */
export function cohortPrincipal(principal: string, nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return `cohort:${wideIpPrincipal(principal).slice('ip:'.length)}@${day}`;
}

/** The wide network of a cohort, as the principal that stands for it. */
export const cohortPrefix = (cohort: string): string =>
  `ip:${cohort.slice('cohort:'.length).replace(/@.*$/, '')}`;

/** What a shard is chosen by: the wider tier of an address, the whole name of anything else. */
function widePrefix(principal: string): string {
  if (!principal.startsWith('ip:')) return principal;
  const address = principal.slice(3);
  if (!address.includes(':')) return address.slice(0, Math.max(0, address.lastIndexOf('.')));
  const [plain = ''] = address.split('/');
  const groups = ipaddr.isValid(plain)
    ? ipaddr.parse(plain).toNormalizedString().split(':')
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
