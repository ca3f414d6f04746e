// Who may ask for which route and which model, a row for every boundary; and what a call goes on as
// where the rule is only tried out. What breaks if this fails: a free account on the dearest model.

import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { utf8 } from '../../core/bytes.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { GATES } from '../../worker/gates/index.ts';
import { models } from '../../worker/gates/models.ts';
import { plan } from '../../worker/gates/plan.ts';
import { goesOn } from '../../worker/observed.ts';
import { identify } from '../../worker/identify.ts';
import { policyWith, ROUTE } from '../policy/base.ts';
import { makeDeps, requestOf } from './gate-bench.ts';

const OFFERED = ['gpt-5-nano', 'gpt-5-mini', 'gpt-5'];

function depsOf(changes: Readonly<Record<string, unknown>> = {}): Deps {
  const loaded = loadPolicy(
    policyWith({
      plans: [
        { id: 'free', callers: ['address', 'device'] },
        { id: 'pro', isPaid: true },
        { id: 'trial' },
      ],
      'routes.0': { ...ROUTE, models: OFFERED, ...changes },
    }),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return makeDeps({ policy: loaded.value });
}

const user = (plan: string | null, isVerified = false) => ({ id: 'u1', jkt: '', plan, isVerified });
const KEY = { id: 'k1', hash: '', tenant: null, plan: 'pro' } as unknown as Call['apiKey'];

type Caller = Partial<Pick<Call, 'user' | 'apiKey' | 'agent' | 'challenge'>>;

function callOf(caller: Caller, deps: Deps, model = 'gpt-5'): Call {
  const route = present(deps.policy.routes[0], 'route');
  const json = { model, messages: [{ role: 'user', content: 'hi' }] };
  const bytes = utf8(JSON.stringify(json));
  return {
    ...identify(requestOf({}), { route }, deps),
    ...caller,
    body: { bytes, digest: bytes, json, form: [], contentType: 'application/json' },
  };
}

/** Through the gates that judge what a caller is entitled to. */
async function judged(caller: Caller, deps: Deps, model?: string): Promise<Call | Denial> {
  let call = callOf(caller, deps, model);
  for (const gate of GATES.filter(({ name }) => ['plan', 'shape', 'models'].includes(name))) {
    const verdict = await gate.check(call, deps);
    if (!verdict.ok) return verdict.error;
    call = verdict.value;
  }
  return call;
}

describe('the plan of a caller', () => {
  it.each<[string, Caller, string | null]>([
    ['an address is on the plan of its kind', {}, 'free'],
    ['a user on the one its token names', { user: user('pro') }, 'pro'],
    ['a user without one on none, where its kind has none', { user: user(null) }, null],
    ['a user of a plan that is gone on none', { user: user('gold') }, null],
    ['a key on its own', { apiKey: KEY }, 'pro'],
    ['a key before a user', { apiKey: KEY, user: user('trial') }, 'pro'],
  ])('%s', async (_, caller, id) => {
    expect(await judged(caller, depsOf())).toMatchObject({ plan: id === null ? null : { id } });
  });
});

describe('a route for some plans', () => {
  const terms = { free: { models: ['gpt-5-nano'], promptCharsMax: 10 }, pro: {} };
  const deps = depsOf({ plans: terms });

  it('refuses callers of others, and says of which it is', async () => {
    expect(await judged({ user: user('trial') }, deps)).toEqual({
      kind: 'plan-required',
      plans: ['free', 'pro'],
      needs: [],
    });
    expect(await judged({ user: user(null) }, deps)).toMatchObject({ kind: 'plan-required' });
  });

  it('gives each its own terms', async () => {
    expect(await judged({}, deps)).toMatchObject({
      kind: 'model-not-offered',
      offered: ['gpt-5-nano'],
    });
    expect(await judged({}, deps, 'gpt-5-nano')).toMatchObject({ route: { promptCharsMax: 10 } });
    expect(await judged({ user: user('pro') }, deps)).toMatchObject({
      price: { model: 'gpt-5' },
      route: { promptCharsMax: ROUTE.promptCharsMax },
    });
  });
});

describe('a plan that has left the policy', () => {
  const gone = { ...(KEY as object), plan: 'gold' } as unknown as Call['apiKey'];

  it('entitles a key to nothing: where plans are named it is refused', async () => {
    const deps = depsOf({ plans: { pro: {} } });
    expect(await judged({ apiKey: gone }, deps)).toMatchObject({ kind: 'plan-required' });
    expect(await judged({ apiKey: KEY }, deps)).toMatchObject({ plan: { id: 'pro' } });
  });

  it('pays for nothing', async () => {
    const deps = depsOf({ requires: { paid: true } });
    expect(await judged({ apiKey: gone }, deps)).toMatchObject({ kind: 'plan-required' });
  });
});

describe('what a route asks of its callers', () => {
  const verified = depsOf({ requires: { verified: true } });
  const either = depsOf({ requires: { verified: true, paid: true } });
  const paid = depsOf({ requires: { paid: true } });

  it.each<[string, Deps, Caller, boolean]>([
    ['an address is nobody verified', verified, {}, false],
    ['nor is any user', verified, { user: user('pro') }, false],
    ['a verified one is', verified, { user: user(null, true) }, true],
    ['a key is the operator’s own', verified, { apiKey: KEY }, true],
    ['either is enough: verified', either, { user: user(null, true) }, true],
    ['either is enough: paid', either, { user: user('pro') }, true],
    ['either is enough: neither', either, { user: user('trial') }, false],
    ['to be verified pays nothing', paid, { user: user('free', true) }, false],
    ['a paid plan does', paid, { user: user('pro') }, true],
  ])('%s', async (_, deps, caller, passes) => {
    const outcome = await judged(caller, deps);
    expect('kind' in outcome ? outcome.kind : 'passes').toBe(passes ? 'passes' : 'plan-required');
  });

  it('may be of one model alone', async () => {
    const deps = depsOf({ modelRequires: [{ models: ['gpt-5'], needs: { paid: true } }] });
    expect(await judged({}, deps, 'gpt-5')).toEqual({
      kind: 'plan-required',
      plans: [],
      needs: ['paid'],
      model: 'gpt-5',
    });
    expect(await judged({}, deps, 'gpt-5-mini')).toMatchObject({ price: { model: 'gpt-5-mini' } });
    expect(await judged({ user: user('pro') }, deps, 'gpt-5')).not.toHaveProperty('kind');
  });
});

describe('a ladder', () => {
  const ladder = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'];
  const down = (on: string[], more: object = {}) =>
    depsOf({
      downgrade: { ladder, on },
      modelRequires: [{ models: ['gpt-5', 'gpt-5-mini'], needs: { paid: true } }],
      ...more,
    });

  it('leads to the first model that the caller may have, and says so', async () => {
    const call = await judged({}, down(['plan']), 'gpt-5');
    expect(call).toMatchObject({
      price: { model: 'gpt-5-nano' },
      ask: { model: 'gpt-5-nano' },
      downgraded: { from: 'gpt-5', to: 'gpt-5-nano', because: 'plan' },
    });
  });

  it('is not taken for another reason than the policy’s', async () => {
    expect(await judged({}, down(['money']), 'gpt-5')).toMatchObject({ kind: 'plan-required' });
  });

  it('leads nowhere from a model that is not on it', async () => {
    const outcome = await judged({}, down(['plan']), 'gpt-4o');
    expect(outcome).toMatchObject({ kind: 'model-not-offered' });
  });

  it('is taken by suspects only from their level on', async () => {
    const calm = down(['risk'], { modelRequires: [] });
    expect(await judged({}, calm, 'gpt-5')).toMatchObject({ downgraded: null });
    const call = callOf({}, calm);
    for (let failed = 0; failed < 512; failed += 1) {
      calm.risk.saw(call.ip, { kind: 'failed', failure: 'bad-mac' }, call.receivedAtMs);
    }
    calm.risk.saw(call.ip, { kind: 'asked', count: 300 }, call.receivedAtMs);
    expect(await judged({}, calm, 'gpt-5')).toMatchObject({
      downgraded: { from: 'gpt-5', to: 'gpt-5-mini', because: 'risk' },
    });
  });
});

describe('a rule that is only tried out', () => {
  const denialOf = async (deps: Deps, gate: typeof plan, call: Call): Promise<Denial> => {
    const verdict = await gate.check(call, deps);
    if (verdict.ok) throw new Error('it was not refused');
    return verdict.error;
  };

  it('notes the refusal, and the call goes on', async () => {
    const deps = depsOf({ requires: { verified: true }, mode: 'observe' });
    const call = callOf({}, deps);
    const denial = await denialOf(deps, plan, call);
    expect(goesOn(call, plan, denial, deps)?.observed).toEqual([{ gate: 'plan', denial }]);
  });

  it('is enforced where the route says so of this rule', async () => {
    const rules = { 'plan-required': 'enforce' };
    const deps = depsOf({ requires: { verified: true }, mode: 'observe', rules });
    const call = callOf({}, deps);
    expect(goesOn(call, plan, await denialOf(deps, plan, call), deps)).toBeNull();
  });

  it('prices a model that is not offered all the same', async () => {
    const deps = depsOf({ mode: 'observe' });
    for (const model of ['gpt-4o', 'gpt-99-of-nobody']) {
      const asked = { ...callOf({}, deps, model), ask: { model } } as unknown as Call;
      const next = goesOn(asked, models, await denialOf(deps, models, asked), deps);
      expect(next?.price?.model).toBe(model);
      expect(next?.price?.rates.output).toBeGreaterThan(0);
    }
  });

  it('is enforced for so many of a hundred callers, and always for the same ones', () => {
    const deps = depsOf({ mode: { enforcePercent: 30 } });
    const denial: Denial = { kind: 'plan-required', plans: [], needs: ['paid'] };
    const isRefused = (id: number): boolean => {
      const call = callOf({ user: { ...user(null), id: `u${String(id)}` } }, deps);
      return goesOn(call, plan, denial, deps) === null;
    };
    const ids = Array.from({ length: 1_000 }, (_, id) => id);
    const refused = ids.filter(isRefused);
    expect(refused.length).toBeGreaterThan(230);
    expect(refused.length).toBeLessThan(370);
    expect(ids.filter(isRefused)).toEqual(refused);
  });

  it.each<Denial>([
    { kind: 'api-key-invalid', reason: 'forged' },
    { kind: 'body-too-large', bodyBytesMax: 1 },
    { kind: 'path-ambiguous' },
    { kind: 'ledger-unreachable', cause: 'gone' },
  ])('is never one that somebody has to answer for: $kind', (denial) => {
    const deps = depsOf({ mode: 'observe' });
    expect(goesOn(callOf({}, deps), plan, denial, deps)).toBeNull();
  });
});
