// The gate 'token': who a user is, and that a copy of a token is worth nothing without its key. If
// this breaks, whoever reads a token in a log, a referrer or a leaked cache spends its user's
// budget.

import { describe, expect, it } from 'vitest';
import { callerClassOf, primaryOf } from '../../core/call.ts';
import { prove } from '../support/anonymous.ts';
import { makeDpopUser } from '../support/dpop-user.ts';
import { BODY, challengeFor, pass, type Sent, wordOf } from './gate-bench.ts';
import { boundTo, depsWith, handmade, makeProvider, NOW_SECONDS } from './user-bench.ts';
import { signed, userChallenge } from './user-bench.ts';

const idp = makeProvider();
const deps = depsWith(idp);
const alice = await makeDpopUser();
const thief = await makeDpopUser();
const token = idp.token(boundTo(alice));
const said = async (sent: Sent, by = deps): Promise<string> => wordOf(await pass(sent, by));

/** A call in alice's name with this token and everything else in order. */
const withToken = async (text: string): Promise<string> =>
  said({ headers: await handmade(userChallenge(deps, alice), alice, text) });

describe('a user with a token and its key', () => {
  it('is known by its name, by either form of proof', async () => {
    for (const prover of [handmade, signed]) {
      const headers = await prover(userChallenge(deps, alice), alice, token);
      const { gate, call } = await pass({ headers }, deps);
      expect(gate).toBe('passed');
      expect(call.user).toEqual({ id: 'alice', jkt: alice.jkt, plan: null, isVerified: false });
      expect([primaryOf(call), callerClassOf(call)]).toEqual(['user:alice', 'user']);
      expect(call.ip).toBe('ip:203.0.113.7');
    }
  });

  it('shows its scheme in any case, and a token of either registered type or none', async () => {
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt', 'AT+JWT', undefined]) {
      expect(await withToken(idp.token(boundTo(alice), { typ }))).toBe('passed');
    }
    const headers = await signed(userChallenge(deps, alice), alice, token);
    headers['Authorization'] = `dpop  ${token}`;
    expect(await said({ headers })).toBe('passed');
  });

  it('may come through several keys, and through a claim of the operator’s choosing', async () => {
    const own = depsWith(idp, { userClaim: 'https://id.example/user' });
    const text = idp.token({ ...boundTo(alice), 'https://id.example/user': 'auth0|7' });
    const wire = userChallenge(own, alice, { principal: 'user:auth0~7c7' });
    const { call } = await pass({ headers: await signed(wire, alice, text) }, own);
    expect(primaryOf(call)).toBe('user:auth0~7c7');
  });

  it('is on the plan that the token names, and as verified as it says, key or no key', async () => {
    const terms = { planClaim: 'plan', plans: { gold: 'pro' } };
    const own = depsWith(idp, terms);
    const text = idp.token({ ...boundTo(alice), plan: 'gold', email_verified: true });
    const { call } = await pass(
      { headers: await handmade(userChallenge(own, alice), alice, text) },
      own,
    );
    const user = { id: 'alice', plan: 'pro', isVerified: true };
    expect(call.user).toEqual({ ...user, jkt: alice.jkt });
    const loose = depsWith(idp, { ...terms, requireDpop: false });
    const bearer = idp.token({ plan: 'gold', email_verified: true });
    const headers = await prove(challengeFor(loose, { principal: 'user:alice' }), BODY);
    const sent = { headers: { ...headers, Authorization: `Bearer ${bearer}` } };
    expect((await pass(sent, loose)).call.user).toEqual({ ...user, jkt: '' });
  });

  it('is served until five seconds after the end of its token, remembered or not', async () => {
    const until = idp.token({ ...boundTo(alice), exp: NOW_SECONDS - 4 });
    const over = idp.token({ ...boundTo(alice), exp: NOW_SECONDS - 5 });
    expect([await withToken(until), await withToken(until)]).toEqual(['passed', 'passed']);
    expect(await withToken(over)).toBe('token-invalid');
    let nowMs = NOW_SECONDS * 1_000;
    const moving = depsWith(idp, {}, { nowMs: () => nowMs });
    const text = idp.token({ ...boundTo(alice), exp: NOW_SECONDS + 2 });
    const go = async () =>
      said({ headers: await signed(userChallenge(moving, alice), alice, text) }, moving);
    expect(await go()).toBe('passed');
    nowMs += 8_000;
    expect(await go()).toBe('token-invalid');
  });
});

describe('a stolen token', () => {
  it('is useless with the thief’s own key, in either form of proof', async () => {
    const wire = userChallenge(deps, alice);
    const own = userChallenge(deps, thief);
    const codes = [
      await said({ headers: await handmade(wire, thief, token) }),
      await said({ headers: await signed(wire, thief, token) }),
      await said({ headers: await handmade(own, thief, token) }),
      await said({ headers: await signed(own, thief, token) }),
    ];
    expect(codes).toEqual(['jkt', 'jkt', 'jkt', 'jkt']);
  });

  it('is useless without a key: as a bearer token, with work alone, or with no challenge', async () => {
    const wire = userChallenge(deps, alice);
    const work = await prove(wire, BODY);
    const unkeyed = await prove(challengeFor(deps, { principal: 'user:alice' }), BODY);
    const asBearer = await signed(wire, alice, token);
    const codes = [
      await said({ headers: { ...work, Authorization: `DPoP ${token}` } }),
      await said({ headers: { ...work, Authorization: `Bearer ${token}` } }),
      await said({ headers: { ...unkeyed, Authorization: `DPoP ${token}` } }),
      // RFC 9449, 7.2: not even its owner may show it as a bearer token.
      await said({ headers: { ...asBearer, Authorization: `Bearer ${token}` } }),
      await said({ headers: { Authorization: `DPoP ${token}` } }),
    ];
    expect(codes).toEqual(['jkt', 'token-invalid', 'jkt', 'token-invalid', 'proof-required']);
  });

  it('opens no challenge of another user, and another user’s token none of hers', async () => {
    const bobs = idp.token({ ...boundTo(thief), sub: 'bob' });
    const codes = [
      await said({ headers: await signed(userChallenge(deps, alice), thief, bobs) }),
      await said({ headers: await signed(userChallenge(deps, thief), thief, bobs) }),
    ];
    expect(codes).toEqual(['jkt', 'principal']);
  });

  it('is worth a call to a gateway that takes tokens bound to nothing (naive control)', async () => {
    const naive = depsWith(idp, { requireDpop: false });
    const loose = idp.token();
    const wire = userChallenge(naive, thief);
    const headers = await prove(wire, BODY, thief.device);
    const sent = { headers: { ...headers, Authorization: `Bearer ${loose}` } };
    const outcome = await pass(sent, naive);
    expect([outcome.gate, primaryOf(outcome.call)]).toEqual(['passed', 'user:alice']);
    expect(await said(sent)).toBe('token-invalid');
    // Even there a token that is bound stays bound.
    const bound = { headers: { ...headers, Authorization: `Bearer ${token}` } };
    expect(await said(bound, naive)).toBe('token-invalid');
    expect(await said({ headers: await signed(wire, thief, token) }, naive)).toBe('jkt');
  });
});
