// Asking siteverify: what is a verdict and what is none, and who may be asked. What breaks if this
// fails: an outage or a page of HTML reads as a yes, or a variable in production names the judge.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { siteverify, SITEVERIFY_URL } from '../../worker/adapters/siteverify.ts';
import { turnstileOf } from '../../worker/env.ts';
import { human } from '../../worker/verifiers/human.ts';
import { challengeFor, IP, makeDeps, pass } from './gate-bench.ts';
import { policyAsking } from './policy-asking.ts';

const QUESTION = { token: 'token', idempotencyKey: 'uuid', remoteIp: '203.0.113.7' };
const HUMAN = {
  siteKey: '0x4',
  secret: 'TURNSTILE_SECRET',
  hostnames: ['a.example'],
  every: { usd: '0.004' },
};

const answering = (body: string, status = 200) =>
  siteverify(
    'https://judge.example/siteverify',
    'secret',
    async () => new Response(body, { status }),
  );

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an answer of siteverify', () => {
  it('is read for what the gateway compares', async () => {
    const said = {
      success: true,
      hostname: 'a.example',
      action: 'chat',
      cdata: 'c',
      extra: { x: 1 },
    };
    expect(await answering(JSON.stringify(said))(QUESTION)).toEqual({
      ok: true,
      value: {
        isSuccess: true,
        errorCodes: [],
        hostname: 'a.example',
        action: 'chat',
        cdata: 'c',
      },
    });
  });

  it.each([
    ['with another status', JSON.stringify({ success: true }), 502, 'status 502'],
    ['that leads elsewhere', '', 302, 'status 302'],
    ['that is a page', '<!doctype html>', 200, 'not-json'],
    ['that is empty', '', 200, 'not-json'],
    ['whose yes is a word', '{"success":"true"}', 200, 'not-a-verdict'],
    ['without a verdict', '{}', 200, 'not-a-verdict'],
    ['that is null', 'null', 200, 'not-a-verdict'],
    ['of more than a verdict has', `"${'x'.repeat(20_000)}"`, 200, 'too-large'],
    [
      'that names a fault there',
      '{"success":false,"error-codes":["internal-error"]}',
      200,
      'internal-error',
    ],
  ])('%s is no verdict', async (_, body, status, why) => {
    expect(await answering(body, status)(QUESTION)).toEqual({ ok: false, error: why });
  });

  it.each(['invalid-input-secret', 'bad-request', 'invalid-input-response'])(
    'with %s is a no: no token may feign an outage',
    async (code) => {
      const said = await answering(JSON.stringify({ success: false, 'error-codes': [code] }))(
        QUESTION,
      );
      expect(said).toMatchObject({ ok: true, value: { isSuccess: false, errorCodes: [code] } });
    },
  );

  it('that breaks off, or a connection that fails, is no verdict', async () => {
    const ask = siteverify('https://judge.example', 'secret', () =>
      Promise.reject(new TypeError('x')),
    );
    expect(await ask(QUESTION)).toEqual({ ok: false, error: 'TypeError' });
  });
});

it('asks with a form: secret, token, idempotency key, and the address where it is known', async () => {
  const sent: RequestInit[] = [];
  const ask = siteverify('https://judge.example', 's&cret', async (_, init) => {
    sent.push(init);
    return new Response('{"success":false}');
  });
  await ask(QUESTION);
  await ask({ ...QUESTION, remoteIp: null });
  const [first, second] = sent.map(({ body }) =>
    Object.fromEntries(new URLSearchParams(body as string)),
  );
  const rest = { secret: 's&cret', response: 'token', idempotency_key: 'uuid' };
  expect(first).toEqual({ ...rest, remoteip: '203.0.113.7' });
  expect(second).toEqual(rest);
  expect(sent[0]?.redirect).toBe('manual');
});

describe('who is asked', () => {
  const policy = policyAsking(['human'], { human: HUMAN });
  const asked = async (env: Record<string, string>): Promise<string[]> => {
    const urls: string[] = [];
    vi.stubGlobal('fetch', async (url: string) => {
      urls.push(url);
      return new Response('{"success":false}');
    });
    await turnstileOf({ TURNSTILE_SECRET: 's', ...env } as never, policy, [])?.ask(QUESTION);
    return urls;
  };
  const TURNSTILE_SITEVERIFY_URL = 'http://127.0.0.1:1/turnstile/v0/siteverify';

  it('is Cloudflare, whatever a variable says, unless it is a developer’s machine', async () => {
    expect(await asked({})).toEqual([SITEVERIFY_URL]);
    expect(await asked({ TURNSTILE_SITEVERIFY_URL })).toEqual([SITEVERIFY_URL]);
    expect(await asked({ TURNSTILE_SITEVERIFY_URL, WEIGHBRIDGE_LOCAL: '0' })).toEqual([
      SITEVERIFY_URL,
    ]);
    expect(await asked({ WEIGHBRIDGE_LOCAL: '1' })).toEqual([SITEVERIFY_URL]);
    expect(await asked({ TURNSTILE_SITEVERIFY_URL, WEIGHBRIDGE_LOCAL: '1' })).toEqual([
      TURNSTILE_SITEVERIFY_URL,
    ]);
  });

  it('names its secret where that is missing, and needs none where nobody is asked', () => {
    const missing: string[] = [];
    turnstileOf({} as never, policy, missing);
    expect(missing).toEqual(['TURNSTILE_SECRET']);
    expect(turnstileOf({} as never, { human: null }, missing)).toBeNull();
    expect(missing).toHaveLength(1);
  });

  it('hears the caller’s address as the edge says it', async () => {
    const policy = policyAsking(['human'], { human: HUMAN });
    const heard: (string | null)[] = [];
    const turnstile = {
      scriptUrl: null,
      ask: async ({ remoteIp }: { readonly remoteIp: string | null }) => {
        heard.push(remoteIp);
        return { ok: false, error: 'x' } as const;
      },
    };
    const deps = makeDeps({ policy, turnstile });
    const wire = challengeFor(deps);
    const headers = { 'Inference-Proof': `c="${wire}", h="token"` };
    const { call, denial } = await pass({ headers }, deps);
    expect(denial).toBeNull();
    const shown = { call, challenge: call.challenge, evidence: call.evidence } as never;
    expect(await human.verify(shown, deps)).toMatchObject({ error: 'human-unavailable' });
    await human.verify(shown, { ...deps, isLocal: true });
    expect(heard).toEqual([IP, null]);
  });
});
