// What the gate 'token' costs the app that knows the sessions, and what is served while it says
// nothing: nobody. If this breaks, a flood of junk cookies here is a flood there, or an app that is
// down makes everybody anonymous.

import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../../core/proof/keyring.ts';
import { prove } from '../support/anonymous.ts';
import { BODY, challengeFor, makeDeps, type Outcome, pass, random, wordOf } from './gate-bench.ts';
import { anonymous, CACHE_SECONDS, SAME, said, sessionDeps, useSessions } from './session-bench.ts';

const bench = useSessions();

describe('an app that does not say who it is', () => {
  const json = (text: string) => (response: ServerResponse) => void response.end(text);

  it.each<[string, (response: ServerResponse) => void]>([
    ['refuses the connection', (response) => void response.destroy()],
    ['fails', (response) => void response.writeHead(500).end('{"active":true,"user":"alice"}')],
    ['redirects', (response) => void response.writeHead(302, { Location: '/login' }).end()],
    ['asks who we are', (response) => void response.writeHead(401).end('{"active":false}')],
    ['answers with a page', json('<html></html>')],
    ['names nobody', json('{"active":true}')],
    ['names a number', json('{"active":true,"user":7}')],
    ['says too much', json('{"active":true,"user":"alice","admin":true}')],
    ['says yes in words', json('{"active":"true","user":"alice"}')],
    ['says it twice', json('{"active":false,"active":true,"user":"alice"}')],
    ['says more than 4 KiB', json(`{"active":false}${' '.repeat(4_096)}`)],
    ['says a plan that is none', json('{"active":true,"user":"alice","plan":["gold"]}')],
    ['breaks off', (response) => void response.write('{"act', () => response.destroy())],
    ['takes its time', () => undefined],
  ])('because it %s leaves nobody served, as a user or without a name', async (_name, answer) => {
    bench.origin.misbehave = answer;
    const codes = await Promise.all([said(bench, 'sid=good'), anonymous(bench, 'sid=junk')]);
    expect(codes).toEqual(['identity-unreachable', 'identity-unreachable']);
  });

  it('is asked again by the next call', async () => {
    bench.origin.misbehave = (response) => void response.destroy();
    expect(await said(bench, 'sid=good')).toBe('identity-unreachable');
    bench.origin.misbehave = null;
    expect(await said(bench, 'sid=good')).toBe('passed');
  });
});

describe('a flood of cookies', () => {
  const ASKS = { atOnce: 20, perSecond: 2 };
  const flood = (): Promise<Outcome[]> => {
    const wire = challengeFor(bench.deps);
    return prove(wire, BODY).then((headers) =>
      Promise.all(
        Array.from({ length: 400 }, (_, n) =>
          pass({ headers: { ...headers, ...SAME, Cookie: `sid=junk-${String(n)}` } }, bench.deps),
        ),
      ),
    );
  };

  it('of junk by one address is that many questions at once, and so many a second', async () => {
    bench.deps = sessionDeps(bench, { asks: ASKS });
    const words = (await flood()).map(wordOf);
    expect(words.filter((word) => word === 'identity-unreachable')).toHaveLength(380);
    expect(bench.origin.asked).toHaveLength(20);
    bench.nowMs += 3_000;
    expect(await anonymous(bench, 'sid=more')).toBe('passed');
    expect(bench.origin.asked).toHaveLength(21);
  });

  it('is as many questions where nobody counts them (naive control)', async () => {
    bench.deps = sessionDeps(bench, { asks: { atOnce: 10_000, perSecond: 1_000 } });
    expect(new Set((await flood()).map(wordOf))).toEqual(new Set(['passed']));
    expect(bench.origin.asked).toHaveLength(400);
  });

  it('of junk drives nobody out who is signed in and lives at the same address', async () => {
    bench.deps = sessionDeps(bench, { asks: ASKS });
    expect(await said(bench, 'sid=good')).toBe('passed');
    await flood();
    expect(await said(bench, 'sid=good')).toBe('passed');
    bench.nowMs += CACHE_SECONDS * 1_000;
    await flood();
    expect(await said(bench, 'sid=good')).toBe('passed');
  });

  it('of one session is one question, however many calls come at once', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => said(bench, 'sid=good')));
    expect(new Set(all)).toEqual(new Set(['passed']));
    expect(bench.origin.asked).toHaveLength(1);
  });

  it('without a challenge of ours is no question at all', async () => {
    const headers = { Cookie: 'sid=good', ...SAME };
    expect(wordOf(await pass({ headers }, bench.deps))).toBe('proof-required');
    const elsewhere = makeDeps({ keyring: new Keyring({ kid: 1, secret: random(32) }, []) });
    const foreign = await prove(challengeFor(elsewhere), BODY);
    expect(wordOf(await pass({ headers: { ...foreign, ...headers } }, bench.deps))).toBe('bad-mac');
    expect(bench.origin.asked).toEqual([]);
  });
});
