// A gateway whose rules are only tried out, two plans, and an agent that is on the better one.

import type { Call } from '../../core/call.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { policyWith, ROUTE } from '../policy/base.ts';
import { WEATHER } from '../policy/tools.ts';
import { makeAgent } from '../support/agents.ts';
import { IDENTITIES, KEYS } from './admission-callers.ts';
import { openGateway, policyOf } from './admission-town.ts';
import { challengeFor, forwardedText, IP } from './gate-bench.ts';

export const agent = makeAgent();
export const ADDRESS = `ip:${IP}`;
export const ENOUGH = [
  { window: 'day', usd: '1' },
  { window: 'day', requests: 100 },
];

export const BUDGETS = { user: ENOUGH, key: ENOUGH, device: ENOUGH, ip: ENOUGH, ipWithKey: ENOUGH };

export type Changes = Readonly<Record<string, unknown>>;

export const policyFrom = (route: Changes = {}, more: Changes = {}) =>
  policyOf(
    policyWith({
      identities: IDENTITIES,
      tools: [WEATHER],
      'proof.agents': [{ id: 'robot', publicKey: agent.jwk }],
      plans: [
        { id: 'free', callers: ['address', 'device', 'user'] },
        { id: 'pro', isPaid: true, callers: ['agent'] },
      ],
      mode: 'observe',
      limits: BUDGETS,
      'routes.0': { ...ROUTE, models: ['gpt-5', 'gpt-5-nano'], ...route },
      ...more,
    }),
  );

export const gatewayOf = (route?: Changes, more?: Changes) =>
  openGateway(policyFrom(route, more), { apiKeys: KEYS });

export const bodyOf = (more: Changes = {}): string =>
  JSON.stringify({
    model: 'gpt-5-nano',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hi' }],
    ...more,
  });

export const wireFor = (deps: Deps, more: Changes): string =>
  challengeFor(deps, {
    route: present(deps.policy.routes[0], 'route'),
    costNanoUsdMax: 500_000_000,
    ...more,
  });

export const upOf = ({ call }: { readonly call: Call }) =>
  JSON.parse(forwardedText(call)) as { messages: { role: string; content: string }[] } & Changes;
