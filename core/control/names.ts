// Everything that a call is, as switches name it. Made from what the gates have found, never from
// what a request says of itself. More names only ever refuse more.

import { wideIpPrincipal } from '../address.ts';
import { type Call, upstreamOf } from '../call.ts';

type Named = Pick<
  Call,
  | 'agent'
  | 'apiKey'
  | 'ask'
  | 'challenge'
  | 'ip'
  | 'key'
  | 'plan'
  | 'price'
  | 'route'
  | 'run'
  | 'user'
>;

const EVERYTHING = 'global';

export function namesOf(call: Named): readonly string[] {
  const { agent, apiKey, ask, challenge, ip, key, plan, price, route, run, user } = call;
  const names: (readonly [scope: string, name: string | null | undefined])[] = [
    ['user', user?.id],
    ['key', apiKey?.id],
    ['agent', agent?.id],
    ['device', challenge?.jkt],
    // The key that a user's token is bound to is the same device.
    ['device', user?.jkt],
    ['tenant', apiKey?.tenant],
    ['plan', plan?.id],
    ['route', route.id],
    ['provider', upstreamOf(call).id],
    ['model', price?.model],
    // Where any name is served at one price, the name is not in the price.
    ['model', ask?.model],
    // A step is also what the call is that opened its run: their shard knows that one's names.
    ['run', route.run === null ? run?.id : key],
  ];
  const known = names.flatMap(([scope, name]) =>
    name === null || name === undefined || name === '' ? [] : [`${scope}:${name}`],
  );
  return [...new Set([...known, ip, wideIpPrincipal(ip), EVERYTHING])];
}
