// Every known spelling of a protected path, by every way to ask, to servers that people run behind
// a gateway. What breaks if this fails: a request reaches a paid handler without a decision, or one
// that is nobody's business arrives as another.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, breachOf, type PathLab, startPathLab } from '../support/path-lab.ts';
import { ORIGIN_NAMES, type RealOrigin } from '../support/real-origins.ts';
import {
  ASKINGS,
  type Asking,
  NAIVE_GUARDS,
  pathOf,
  requestText,
  spellingsOf,
} from '../support/spellings.ts';
import { present } from '../../core/result.ts';

const POST: Asking = { method: 'POST' };
const PROTECTED = [
  ['api', 'chat'],
  ['v1beta', 'models/gemini-2.5-flash:generateContent'],
] as const;
/** What a platform or the gateway says to who must not pass. */
const REFUSALS = [204, 400, 401, 404, 405, 501];

let lab: PathLab;
let asker: Asker;

beforeAll(async () => {
  lab = await startPathLab();
  asker = lab.asker();
});

afterAll(async () => {
  asker.leave();
  await lab.close();
});

const originOf = (name: string): RealOrigin =>
  present(
    lab.origins.find((one) => one.name === name),
    name,
  );

const targetsAt = ({ port }: RealOrigin): readonly string[] =>
  PROTECTED.flatMap(([first, last]) => spellingsOf(first, last, `127.0.0.1:${String(port)}`));

describe.each(ORIGIN_NAMES)('%s', (name) => {
  it('has no protected request, however it is spelled and whatever its method says', async () => {
    const breaches: string[] = [];
    const origin = originOf(name);
    for (const asking of ASKINGS) {
      for (const target of targetsAt(origin)) {
        const seen = await asker.through(origin, asking, target);
        const what = `${requestText(asking, target, {})} ${String(seen.status)}`;
        const breach = breachOf(seen, target + (asking.query ?? ''));
        if (breach !== null) breaches.push(`${what} ${breach}`);
        else if (seen.reached === null && !REFUSALS.includes(seen.status)) breaches.push(what);
      }
    }
    expect(breaches).toEqual([]);
  });

  it('would have served some of them past a guard that compares, or decodes and folds', async () => {
    const origin = originOf(name);
    const served: string[] = [];
    for (const target of targetsAt(origin)) {
      const { reached } = await asker.directly(origin, POST, target);
      if (reached?.handler === 'protected') served.push(pathOf(target));
    }
    const past = (isGuarded: (path: string) => boolean): number =>
      served.filter((path) => !isGuarded(path)).length;
    expect(past(NAIVE_GUARDS.compares)).toBeGreaterThanOrEqual(6);
    expect(past(NAIVE_GUARDS.decodesAndFolds)).toBeGreaterThanOrEqual(3);
  });

  it('takes every method of a protected path, so that only the gateway can refuse one', async () => {
    const origin = originOf(name);
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) {
      const { reached } = await asker.directly(origin, { method }, '/api/chat');
      expect(reached?.handler, method).toBe('protected');
    }
  });

  it.each([
    '/',
    '/shop/shoes?size=43&size=44',
    '/x//y',
    '/A%2fb/%41',
    '/a;b=c/d',
    '/a|b',
    '/{x}',
    "/~home/@user/!$&'()*+,=:",
    '/a?b=%00',
    '/x?y=\\..\\z',
    '/?../..//api/chat',
    '/api',
    '/api/',
    '/api/chats',
    '/api/chat.json',
    '/api/chat/history',
    '/v1beta/models',
  ])('has %s as it was sent', async (target) => {
    const origin = originOf(name);
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { reached } = await asker.through(origin, { method }, target);
      expect(reached, method).toEqual({ handler: 'open', target });
    }
  });
});

describe('the gateway', () => {
  const through = (asking: Asking, target: string) =>
    asker.through(present(lab.origins[0], 'origin'), asking, target);

  it('decides on the plain spelling, with a fragment or as a whole URL too', async () => {
    for (const target of ['/api/chat', '/api/chat?x=1', '/api/chat#x', 'http://h/api/chat']) {
      expect(await through(POST, target)).toEqual({ status: 401, reached: null });
    }
  });

  it('goes by the method of the request line and no other', async () => {
    const overrides = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'];
    for (const header of overrides) {
      const asGet = { method: 'GET', headers: { [header]: 'POST' } };
      expect((await through(asGet, '/api/chat')).status, header).toBe(405);
      const asPost = { method: 'POST', headers: { [header]: 'GET' } };
      expect((await through(asPost, '/api/chat')).status, header).toBe(401);
    }
    expect((await through({ method: 'GET', query: '?_method=POST' }, '/api/chat')).status).toBe(
      405,
    );
  });

  it('answers for the server as a whole itself', async () => {
    expect(await through({ method: 'OPTIONS' }, '*')).toEqual({ status: 404, reached: null });
  });
});
