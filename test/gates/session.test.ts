// The gate 'token' with session cookies: the app says whose they are. If this breaks, a page
// elsewhere spends its visitor's budget, a logout means nothing, or a cookie outranks a token.

import { beforeEach, describe, expect, it } from 'vitest';
import { callerClassOf, primaryOf } from '../../core/call.ts';
import { prove } from '../support/anonymous.ts';
import { makeDpopUser } from '../support/dpop-user.ts';
import { BODY, challengeFor, NOW_MS, pass, wordOf } from './gate-bench.ts';
import { anonymous, callWith, CACHE_SECONDS, HOST, LISTED, SAME, said } from './session-bench.ts';
import { sessionDeps, useSessions } from './session-bench.ts';
import { boundTo, depsWith, makeProvider, signed, userChallenge } from './user-bench.ts';

type Sent = Readonly<Record<string, string>>;

const bench = useSessions();

describe('a user with a session', () => {
  it('is known by its name, its plan and whether the account is verified', async () => {
    const { gate, call: judged } = await callWith(bench, 'sid=good');
    expect(gate).toBe('passed');
    expect(judged.user).toEqual({ id: 'alice', jkt: '', plan: 'pro', isVerified: true });
    expect([primaryOf(judged), callerClassOf(judged)]).toEqual(['user:alice', 'user']);
  });

  it('is asked about by a signed POST that says the cookie and nothing else', async () => {
    await callWith(bench, 'theme=dark; sid=good; other=1');
    const [question] = bench.origin.asked;
    expect(question).toMatchObject({ method: 'POST', url: '/auth/session' });
    expect(JSON.parse(question?.body ?? '')).toEqual({ cookie: 'good' });
    expect(question?.headers.cookie).toBeUndefined();
    expect(question?.headers['signature-input']).toContain('tag="weighbridge-origin"');
    expect(question?.headers.signature).toMatch(/^weighbridge=:[A-Za-z0-9+/]{43}=:$/);
  });

  it('may bind its challenges to a device key as well, which then has to sign', async () => {
    const device = await makeDpopUser();
    const wire = userChallenge(bench.deps, device);
    const cookie = { Cookie: 'sid=good', ...SAME };
    const good = await prove(wire, BODY, device.device);
    expect(wordOf(await pass({ headers: { ...good, ...cookie } }, bench.deps))).toBe('passed');
    const thief = await prove(wire, BODY, (await makeDpopUser()).device);
    expect(wordOf(await pass({ headers: { ...thief, ...cookie } }, bench.deps))).not.toBe('passed');
  });

  it('redeems no challenge of anybody else, and nobody redeems a challenge of theirs', async () => {
    expect(await said(bench, 'sid=good', SAME, 'user:bob')).toBe('principal');
    expect(await anonymous(bench, 'sid=good')).toBe('principal');
    expect(await said(bench, 'sid=junk')).toBe('principal');
    expect(await said(bench, '')).toBe('principal');
  });

  it('has a name that is checked as every name is', async () => {
    bench.origin.sessions.set('a', { active: true, user: 'auth0|7' });
    expect(await said(bench, 'sid=a', SAME, 'user:auth0~7c7')).toBe('passed');
    for (const user of ['', 'a\nb', 'x'.repeat(129), 'é'.repeat(60)]) {
      bench.origin.sessions.set('odd', { active: true, user });
      bench.deps = sessionDeps(bench);
      expect(await said(bench, 'sid=odd')).toBe('identity-unreachable');
    }
  });

  it.each<[unknown, string | null]>([
    ['gold', 'pro'],
    ['pro', null],
    [undefined, null],
  ])('whose plan is called %j is on %j', async (plan, id) => {
    bench.origin.sessions.set('p', { active: true, user: 'alice', plan });
    expect((await callWith(bench, 'sid=p')).call.user?.plan).toBe(id);
  });
});

describe('a session that is over', () => {
  it('names nobody, and its owner is whoever else they are', async () => {
    expect(await anonymous(bench, 'sid=junk')).toBe('passed');
    expect(await anonymous(bench, 'sid=')).toBe('passed');
    expect(bench.origin.asked).toHaveLength(1);
  });

  it('is over at the latest when its answer is too old', async () => {
    expect(await said(bench, 'sid=good')).toBe('passed');
    bench.origin.sessions.delete('good');
    bench.nowMs += CACHE_SECONDS * 1_000 - 1;
    expect(await said(bench, 'sid=good')).toBe('passed');
    bench.nowMs += 1;
    expect(await said(bench, 'sid=good')).toBe('principal');
    // And begins again as late.
    bench.origin.sessions.set('good', { active: true, user: 'alice' });
    bench.nowMs += CACHE_SECONDS * 1_000;
    expect(await said(bench, 'sid=good')).toBe('passed');
    expect(bench.origin.asked).toHaveLength(3);
  });

  it('is over when the app says it will be, remembered or not', async () => {
    const expiresAtSeconds = NOW_MS / 1_000 + 3;
    bench.origin.sessions.set('brief', { active: true, user: 'alice', expiresAtSeconds });
    bench.nowMs = NOW_MS + 2_999;
    expect(await said(bench, 'sid=brief')).toBe('passed');
    bench.nowMs += 1;
    expect(await said(bench, 'sid=brief')).toBe('principal');
  });
});

describe('a request that another page may have made', () => {
  it.each<[string, Sent, string]>([
    ['of this host', { Origin: HOST }, 'passed'],
    ['of a listed origin', { Origin: LISTED }, 'passed'],
    ['of this host, by the browser’s word', { 'Sec-Fetch-Site': 'same-origin' }, 'passed'],
    ['typed by the user', { 'Sec-Fetch-Site': 'none' }, 'passed'],
    ['of nobody', {}, 'session-refused'],
    ['of an opaque origin', { Origin: 'null' }, 'session-refused'],
    ['of another origin', { Origin: 'https://evil.example' }, 'session-refused'],
    ['of this host by another scheme', { Origin: 'http://gateway.example' }, 'session-refused'],
    ['of this host by another port', { Origin: `${HOST}:8443` }, 'session-refused'],
    ['of a name that begins so', { Origin: `${HOST}.evil.example` }, 'session-refused'],
    ['of a sibling', { 'Sec-Fetch-Site': 'same-site' }, 'session-refused'],
    ['from elsewhere', { 'Sec-Fetch-Site': 'cross-site' }, 'session-refused'],
    [
      'of another origin that says same-origin',
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
      'session-refused',
    ],
  ])('%s names its user or is refused', async (_name, more, word) => {
    expect(await said(bench, 'sid=good', more)).toBe(word);
    expect(bench.origin.asked).toHaveLength(word === 'passed' ? 1 : 0);
  });

  it.each([
    ['twice', 'sid=good; sid=evil'],
    ['twice, the same', 'sid=good; sid=good'],
    ['in two headers', 'sid=good, sid=evil'],
    // Each of these is a session to some servers and none to others.
    ['behind a comma', 'a=1, sid=good'],
    ['in the second of two headers, behind another', 'sid=good; a=1, sid=evil'],
    ['with a blank behind its name', 'sid =good'],
    ['with a blank before its name that browsers take for a letter', '\u00a0sid=good'],
    ['such a one beside it', 'sid=good; \u00a0sid=evil'],
    ['with a blank', 'sid=a b'],
    ['with quotes inside', 'sid=a"b'],
    ['too long', `sid=${'x'.repeat(4_097)}`],
  ])('with the cookie %s is refused', async (_name, cookie) => {
    expect(await said(bench, cookie)).toBe('session-refused');
    expect(bench.origin.asked).toEqual([]);
  });

  it.each(['SID=good', 'xsid=good', 'sid', 'a=sid=good'])(
    'with %j has no session',
    async (cookie) => {
      expect(await anonymous(bench, cookie, {})).toBe('passed');
      expect(bench.origin.asked).toEqual([]);
    },
  );
});

describe('a token beside a cookie', () => {
  const idp = makeProvider();
  const bearer = (text: string): Sent => ({ Authorization: `Bearer ${text}`, ...SAME });

  beforeEach(() => {
    const { policy, tokens } = depsWith(idp, { requireDpop: false });
    const { deps } = bench;
    bench.deps = { ...deps, policy: { ...deps.policy, jwt: policy.jwt }, tokens };
  });

  it('is who calls, and the cookie is not looked at, whoever it names', async () => {
    expect(await said(bench, 'sid=good', bearer(idp.token({ sub: 'bob' })), 'user:bob')).toBe(
      'passed',
    );
    const refused = await said(bench, 'sid=good', bearer(idp.token({ sub: 'bob' })), 'user:alice');
    expect(refused).toBe('principal');
    expect(bench.origin.asked).toEqual([]);
  });

  it('that is no good is refused, though the cookie would be', async () => {
    const over = idp.token({ exp: 1 });
    expect(await said(bench, 'sid=good', bearer(over))).toBe('token-invalid');
    expect(bench.origin.asked).toEqual([]);
  });

  it('that is bound to a key has to be proven, cookie or not', async () => {
    const alice = await makeDpopUser();
    const text = idp.token(boundTo(alice));
    const headers = await signed(userChallenge(bench.deps, alice), alice, text);
    const sent = { ...headers, Cookie: 'sid=good', ...SAME };
    expect(wordOf(await pass({ headers: sent }, bench.deps))).toBe('passed');
    const stolen = {
      ...(await prove(challengeFor(bench.deps, { principal: 'user:alice' }), BODY)),
    };
    const thief = { ...stolen, Authorization: `DPoP ${text}`, Cookie: 'sid=good', ...SAME };
    expect(wordOf(await pass({ headers: thief }, bench.deps))).toBe('jkt');
  });

  it('of somebody we do not know is no token, and the cookie counts', async () => {
    expect(await said(bench, 'sid=good', { Authorization: 'Bearer sk-1', ...SAME })).toBe('passed');
  });
});
