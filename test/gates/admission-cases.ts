// Cases for laws of admission: policies and requests, drawn from a seed.

import * as fc from 'fast-check';
import { policyWith, ROUTE } from '../policy/base.ts';
import { WEATHER } from '../policy/tools.ts';
import { AGENT_JWK, type Caller, CALLERS, IDENTITIES, PROOFS } from './admission-callers.ts';

export const OFFERED = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'];

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const mode = fc.oneof(
  { weight: 3, arbitrary: fc.constant('observe' as const) },
  { weight: 2, arbitrary: fc.constant('enforce' as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 40, 100).map((enforcePercent) => ({ enforcePercent })),
  },
);
const rules = fc.dictionary(
  fc.constantFrom(
    'proof-required',
    'proof-rejected',
    'plan-required',
    'model-not-offered',
    'shape-refused',
    'over-budget',
    'over-requests',
  ),
  mode,
  { maxKeys: 3 },
);
const needs = fc.constantFrom({ verified: true }, { paid: true }, { verified: true, paid: true });
const usd = fc.constantFrom('0.000001', '0.0002', '0.005', '1');
const list = fc
  .tuple(usd, fc.constantFrom(1, 2, 100), maybe(fc.constantFrom(1, 2)))
  .map(([money, requests, concurrentCalls]) => [
    { window: 'day', usd: money },
    { window: 'day', requests },
    ...(concurrentCalls === undefined ? [] : [{ window: 'now', concurrentCalls }]),
  ]);

/** Slices are cut from calendar windows. */
const shared = list.map((entries) => entries.filter(({ window }) => window === 'day'));

const route = fc.record(
  {
    proof: fc.constantFrom('always', 'anonymous'),
    mode,
    rules,
    requires: needs,
    modelRequires: fc
      .constantFrom(['gpt-5'], ['gpt-5', 'gpt-5-mini'])
      .chain((models) => needs.map((one) => [{ models, needs: one }])),
    plans: fc.constantFrom(
      { free: { outputTokensMax: 16, promptCharsMax: 40 }, pro: {} },
      { pro: { outputTokensMax: 4_096 } },
      { free: {}, pro: {}, trial: { choicesMax: 2 } },
    ),
    downgrade: fc
      .subarray(['money', 'plan', 'switch'], { minLength: 1 })
      .map((on) => ({ ladder: OFFERED, on })),
    loop: fc.constantFrom(
      { stepsMax: 1, toolCallsMax: 1 },
      { stepsMax: 9, toolCallsMax: 9, usd: '0.01' },
    ),
    shape: fc.constantFrom(
      { otherwise: 'clamp', fields: { temperature: { max: 1, otherwise: 'clamp' } } },
      { otherwise: 'refuse', fields: { temperature: { max: 1, otherwise: 'refuse' } } },
      { messagesMax: 1 },
    ),
    system: fc.constantFrom(
      { callers: 'refuse', text: 'Be brief.' },
      { callers: 'fence' },
      { callers: 'allow', text: 'Be brief.' },
    ),
    tools: fc.constantFrom({ callers: 'refuse' }, { callers: 'filter', names: ['weather'] }),
    unknownModels: fc.constantFrom('refuse', 'refuse', 'dearest'),
    outputTokensMax: fc.constantFrom(16, 800),
    choicesMax: fc.constantFrom(1, 4),
    limits: fc.record({ route: shared, user: list }, { requiredKeys: [] }),
  },
  { requiredKeys: ['proof', 'downgrade', 'outputTokensMax', 'choicesMax'] },
);

const limits = fc.record(
  { user: list, key: list, device: list, ip: list, ipWithKey: list, ipWide: list, global: shared },
  { requiredKeys: ['user', 'key', 'device', 'ip', 'ipWithKey'] },
);

const policy = fc.record(
  {
    mode,
    rules,
    limits,
    route,
    pro: fc.record({ user: list, key: list, ip: list }, { requiredKeys: [] }),
    freeAre: fc.subarray(['address', 'device', 'user', 'agent', 'key'], { minLength: 1 }),
  },
  { requiredKeys: ['limits', 'route'] },
);

const NOT_SAID = JSON.stringify(undefined);
const said = (value: unknown): boolean => JSON.stringify(value) !== NOT_SAID;

/** What is needed of a model that a plan does not have would contradict the plan. */
function routeOf({ small, modelRequires, ...route }: Record<string, unknown>): object {
  return small === undefined ? { ...route, modelRequires } : { ...route, ...small };
}

/** The operator's file of a case. */
export const sourceOf = (drawn: Case['policy']): unknown =>
  policyWith({
    limits: drawn.limits,
    identities: IDENTITIES,
    tools: [WEATHER],
    plans: [
      { id: 'free', ...(drawn.freeAre && { callers: drawn.freeAre }) },
      { id: 'pro', isPaid: true, ...(drawn.pro && { limits: drawn.pro }) },
      { id: 'trial' },
    ],
    'routes.0': { ...ROUTE, models: OFFERED, ...routeOf(drawn.route) },
    'proof.agents': [{ id: 'robot', publicKey: AGENT_JWK }],
    ...(said(drawn.mode) ? { mode: drawn.mode } : {}),
    ...(said(drawn.rules) ? { rules: drawn.rules } : {}),
  });

const plan = fc.constantFrom(null, 'free', 'pro', 'trial', 'gold');
const caller: fc.Arbitrary<Caller> = fc.record({
  as: fc.constantFrom(...CALLERS),
  plan,
  isVerified: fc.boolean(),
  proof: fc.constantFrom('good', 'good', 'good', ...PROOFS),
});

const request = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('{"model":', '[]', '{"model":"gpt-5","costs":1}') },
  {
    weight: 12,
    arbitrary: fc
      .record(
        {
          model: fc.constantFrom(...OFFERED, 'gpt-4o', 'gpt-99-of-nobody'),
          length: fc.constantFrom(2, 41, 3_000),
          max_tokens: fc.constantFrom(8, 100, 5_000),
          n: fc.constantFrom(1, 2, 9),
          temperature: fc.constantFrom(0.5, 1.9),
          stream: fc.boolean(),
          isTold: fc.boolean(),
          tool: fc.constantFrom('weather', 'shell'),
          isContinued: fc.boolean(),
        },
        { requiredKeys: ['length', 'isTold', 'isContinued'] },
      )
      .map(({ length, isTold, isContinued, tool, ...rest }) =>
        JSON.stringify({
          ...rest,
          ...(tool && { tools: [{ type: 'function', function: { ...WEATHER, name: tool } }] }),
          messages: [
            ...(isTold ? [{ role: 'system', content: 'You are free.' }] : []),
            { role: 'user', content: 'a'.repeat(length) },
            ...(isContinued ? continuedBy('weather') : []),
          ],
        }),
      ),
  },
);

const continuedBy = (name: string): object[] => [
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name, arguments: '{"city":"Ulm"}' } }],
  },
  { role: 'tool', tool_call_id: 'c1', content: '4' },
];

export type Case = {
  readonly policy: {
    readonly mode?: unknown;
    readonly rules?: unknown;
    readonly limits: object;
    readonly route: Record<string, unknown>;
    readonly pro?: object;
    readonly freeAre?: readonly string[];
  };
  readonly caller: Caller;
  readonly requests: readonly string[];
};

export const CASE: fc.Arbitrary<Case> = fc.record({
  policy: policy as fc.Arbitrary<Case['policy']>,
  caller,
  requests: fc.array(request, { minLength: 2, maxLength: 3 }),
});
