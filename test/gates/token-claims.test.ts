// What a token says of its user beside the name: the plan, by the operator's table alone, and
// whether the account is verified. If this breaks, a claim of any shape is a paid plan.

import { describe, expect, it } from 'vitest';
import { present } from '../../core/result.ts';
import { NOW_MS } from './gate-bench.ts';
import { depsWith, makeProvider } from './user-bench.ts';

type Members = Readonly<Record<string, unknown>>;

const idp = makeProvider();

describe('what a token says of its user', () => {
  const user = async (claims: Members, more: Members = {}) => {
    const terms = { planClaim: 'https://id.example/plan', plans: { gold: 'pro', none: 'free' } };
    const { tokens } = depsWith(idp, { ...terms, requireDpop: false, ...more });
    const by = present(tokens, 'tokens');
    const text = idp.token(claims);
    const first = await by.read({ scheme: 'Bearer', text }, NOW_MS);
    const again = by.recall({ scheme: 'Bearer', text }, NOW_MS + 1);
    expect(again).toEqual(first.ok ? first.value : null);
    return again;
  };
  const plan = (name: unknown) => ({ 'https://id.example/plan': name });

  it.each<[unknown, string | null, Members]>([
    ['gold', 'pro', {}],
    ['none', 'free', {}],
    ['Gold', null, {}],
    ['pro', null, {}],
    ['pro', 'pro', { plans: undefined }],
    ['constructor', null, {}],
    ['toString', null, { plans: undefined }],
    [['gold'], null, {}],
    [true, null, {}],
    [undefined, null, {}],
    [undefined, 'free', { defaultPlan: 'free' }],
    ['platinum', 'free', { defaultPlan: 'free' }],
    ['gold', 'pro', { defaultPlan: 'free' }],
  ])('the plan %j is %j, remembered or not', async (name, id, more) => {
    expect((await user(plan(name), more))?.plan).toBe(id);
  });

  it.each<[unknown, boolean]>([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
    ['TRUE', false],
    [1, false],
    [['true'], false],
    [undefined, false],
  ])('verified %j is %j, remembered or not', async (email_verified, isVerified) => {
    expect((await user({ email_verified }))?.isVerified).toBe(isVerified);
    const other = { verifiedClaim: 'phone_number_verified' };
    expect((await user({ email_verified }, other))?.isVerified).toBe(false);
    expect((await user({ phone_number_verified: email_verified }, other))?.isVerified).toBe(
      isVerified,
    );
  });

  it('is nothing by a claim that every object has', async () => {
    expect(await user({}, { userClaim: 'toString' })).toBeNull();
    const inherited = { planClaim: 'toString', verifiedClaim: 'constructor' };
    expect(await user({}, inherited)).toMatchObject({ plan: null, isVerified: false });
  });
});
