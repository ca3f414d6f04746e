// Rules for callers are not rules for the app. What breaks if this fails: an app's own server
// cannot give its model a system message, or a tool.

import { expect, test } from 'vitest';
import { loadPolicy } from '../../core/policy/load.ts';
import { present } from '../../core/result.ts';
import { policyWith } from './base.ts';
import { WEATHER } from './tools.ts';
import { AT_ORIGIN } from './upstreams.ts';

test('steps of an origin’s run bring their own system messages, fields and tools, at their prices', () => {
  const loaded = loadPolicy(
    policyWith({
      ...AT_ORIGIN,
      'routes.0.dialect': 'ai-sdk-ui',
      tools: [{ ...WEATHER, usdPerCall: '0.001' }],
      'routes.0.system': { callers: 'refuse', text: 'You sell bicycles.' },
      'routes.0.tools': { callers: 'refuse', names: ['weather'], callsPerAnswerMax: 2 },
      'routes.0.shape': { messagesMax: 2, fields: { temperature: 'refuse' } },
    }),
  );
  const route = present(loaded.ok ? loaded.value.routes[0] : null, 'a route');
  expect(route.tools).toMatchObject({ callers: 'refuse' });
  expect(route.steps.size).toBeGreaterThan(0);
  for (const { system, tools, shape } of route.steps.values()) {
    expect(shape).toEqual({});
    expect(system).toBeNull();
    expect(tools).toMatchObject({ callers: 'allow', names: null, callsPerAnswerMax: 2 });
    expect(tools?.known.get('weather')?.nanoUsdPerCall).toBe(1_000_000);
  }
});
