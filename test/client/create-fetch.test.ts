// What a caller of `createFetch` may rely on, against a gateway that checks every proof.

import { afterEach, describe, expect, test } from 'vitest';
import { createFetch } from '../../client/index.ts';
import { type ProofGateway, sendJson, sendProblem, startProofGateway } from './proof-gateway.ts';

let open: ProofGateway[] = [];

async function gatewayWith(
  settings: Parameters<typeof startProofGateway>[0] = {},
): Promise<ProofGateway> {
  const gateway = await startProofGateway(settings);
  open.push(gateway);
  return gateway;
}

afterEach(async () => {
  await Promise.all(open.map((gateway) => gateway.close()));
  open = [];
});

const post = (body: BodyInit): RequestInit => ({ method: 'POST', body });
const chat = post(JSON.stringify({ model: 'gpt-4o-mini', messages: [] }));

describe('a protected call', () => {
  test('carries work, a digest and a signature the gateway accepts', async () => {
    const gateway = await gatewayWith();
    const response = await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
    expect(response.status).toBe(200);
    expect(gateway.calls).toMatchObject([{ proof: 'ok', signed: true, path: '/api/chat' }]);
  });

  test('asks for a challenge with method, path, device, size and model', async () => {
    const gateway = await gatewayWith();
    await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat?draft=1`, chat);
    expect(gateway.questions[0]?.asked).toEqual({
      method: 'POST',
      path: '/api/chat',
      jkt: expect.stringMatching(/^[\w-]{43}$/),
      bodyBytes: String(chat.body).length,
      model: 'gpt-4o-mini',
    });
  });

  test('is not signed when the challenge names no device key', async () => {
    const gateway = await gatewayWith({ namesDevice: false });
    await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
    expect(gateway.calls).toMatchObject([{ proof: 'ok', signed: false }]);
  });

  test('waits until the challenge may be used', async () => {
    const gateway = await gatewayWith({ notBeforeSeconds: 1 });
    await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
    expect(gateway.calls.map((call) => call.proof)).toEqual(['ok']);
  });

  test('streams the answer as it arrives', async () => {
    let finish = (): void => undefined;
    const gateway = await gatewayWith({
      answer: (_call, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: first\n\n');
        finish = () => response.end('data: last\n\n');
      },
    });
    const response = await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('data: first\n\n');
    finish();
    expect((await reader?.read())?.value).toBe('data: last\n\n');
  });

  test('signs with one key per client, and another client is another device', async () => {
    const gateway = await gatewayWith();
    const [one, other] = [0, 1].map(() => createFetch({ gateway: gateway.url }));
    for (const call of [one, one, other]) await call?.(`${gateway.url}/api/chat`, chat);
    const devices = gateway.questions.map((question) => question.asked['jkt']);
    expect(devices[0]).toBe(devices[1]);
    expect(devices[0]).not.toBe(devices[2]);
  });
});

describe('the one retry', () => {
  for (const [status, code] of [
    [401, 'proof_required'],
    [403, 'proof_rejected'],
  ] as const) {
    test(`${code} is answered once with a fresh challenge`, async () => {
      const gateway = await gatewayWith({ refusals: [{ status, code }] });
      const response = await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
      expect(response.status).toBe(200);
      expect(new Set(gateway.calls.map((call) => call.nonce)).size).toBe(2);
    });

    test(`a second ${code} is handed back as it is`, async () => {
      const refusals = [1, 2, 3].map(() => ({ status, code }));
      const gateway = await gatewayWith({ refusals });
      const response = await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ code });
      expect(gateway.calls.length).toBe(2);
    });
  }

  test('uses the challenge the refusal carries, and never that one again', async () => {
    const refusals = [{ status: 403, code: 'proof_rejected' }];
    const gateway = await gatewayWith({ offersNext: true, refusals });
    const call = createFetch({ gateway: gateway.url });
    for (let i = 0; i < 3; i += 1) await call(`${gateway.url}/api/chat`, chat);
    expect(gateway.questions.length).toBe(1);
    expect(gateway.calls.map((seen) => seen.proof)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  for (const [status, code] of [
    [402, 'budget_exhausted'],
    [403, 'not_offered'],
    [429, 'rate_limited'],
    [503, 'paused'],
  ] as const) {
    test(`${status} ${code} is never retried`, async () => {
      const gateway = await gatewayWith({ refusals: [{ status, code }] });
      const response = await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ code });
      expect(gateway.calls.length).toBe(1);
    });
  }

  test('a refusal to issue a challenge is the answer to the call', async () => {
    const gateway = await gatewayWith({
      answerChallenge: (_call, response) => sendProblem(response, 503, 'paused'),
    });
    const response = await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'paused' });
    expect(gateway.calls.length).toBe(0);
  });

  test('a challenge this client cannot answer is an error, not a loop', async () => {
    const gateway = await gatewayWith({
      answerChallenge: (_call, response) => sendJson(response, { challenges: ['junk'] }),
    });
    const call = createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
    await expect(call).rejects.toThrow(TypeError);
  });

  test('work no honest gateway asks for is refused', async () => {
    const gateway = await gatewayWith({ bits: 30 });
    const call = createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, chat);
    await expect(call).rejects.toThrow(TypeError);
  });
});

describe('the next challenge', () => {
  test('spares the second call the question', async () => {
    const gateway = await gatewayWith({ offersNext: true });
    const call = createFetch({ gateway: gateway.url });
    for (let i = 0; i < 3; i += 1) await call(`${gateway.url}/api/chat`, chat);
    expect(gateway.questions.length).toBe(1);
    expect(gateway.calls.map((seen) => seen.proof)).toEqual(['ok', 'ok', 'ok']);
  });

  test('is used by callers whose challenges name no device, too', async () => {
    const gateway = await gatewayWith({ offersNext: true, namesDevice: false });
    const call = createFetch({ gateway: gateway.url, key: 'k1', protect: ['/api'] });
    for (let i = 0; i < 3; i += 1) await call(`${gateway.url}/api/chat`, chat);
    expect(gateway.questions.length).toBe(1);
    expect(gateway.calls.map((seen) => seen.proof)).toEqual(['ok', 'ok', 'ok']);
  });

  test('on a refusal that names another device is left alone: the gateway is asked', async () => {
    const gateway = await gatewayWith({ offersNext: true });
    gateway.settings.refusals.push({ status: 403, code: 'proof_rejected' });
    gateway.settings.nextJkt = 'B'.repeat(43);
    const call = createFetch({ gateway: gateway.url });
    expect((await call(`${gateway.url}/api/chat`, chat)).status).toBe(200);
    expect(gateway.questions.length).toBe(2);
  });

  test('is never shared by parallel calls', async () => {
    const gateway = await gatewayWith({ offersNext: true });
    const call = createFetch({ gateway: gateway.url });
    await call(`${gateway.url}/api/chat`, chat);
    const six = Array.from({ length: 6 }, () => call(`${gateway.url}/api/chat`, chat));
    expect((await Promise.all(six)).map((response) => response.status)).toEqual(
      Array<number>(6).fill(200),
    );
    expect(new Set(gateway.calls.map((seen) => seen.nonce)).size).toBe(7);
    expect(gateway.calls.every((seen) => seen.proof === 'ok')).toBe(true);
  });

  test('of one path is not used for another', async () => {
    const gateway = await gatewayWith({ offersNext: true });
    const call = createFetch({ gateway: gateway.url });
    for (const path of ['/api/chat', '/v1/images']) await call(gateway.url + path, chat);
    expect(gateway.questions.map((question) => question.asked['path'])).toEqual([
      '/api/chat',
      '/v1/images',
    ]);
  });
});

describe('leaving', () => {
  test('while solving rejects at once with the reason and sends nothing', async () => {
    const gateway = await gatewayWith({ bits: 21 });
    const caller = new AbortController();
    const init = { ...chat, signal: caller.signal };
    const call = createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, init);
    await expect.poll(() => gateway.questions.length).toBe(1);
    const reason = new Error('no longer wanted');
    setTimeout(() => caller.abort(reason), 50);
    await expect(call).rejects.toBe(reason);
    expect(gateway.calls.length).toBe(0);
  });

  test('before the call rejects with an AbortError and asks nothing', async () => {
    const gateway = await gatewayWith();
    const init = { ...chat, signal: AbortSignal.abort() };
    const call = createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, init);
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(gateway.questions.length).toBe(0);
  });

  test('while the answer streams ends the stream', async () => {
    const gateway = await gatewayWith({ answer: (_call, response) => response.write('data: 1') });
    const caller = new AbortController();
    const init = { ...chat, signal: caller.signal };
    const response = await createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, init);
    caller.abort();
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('before anything was sent leaves the challenge for the next call', async () => {
    const gateway = await gatewayWith({ notBeforeSeconds: 1 });
    const call = createFetch({ gateway: gateway.url });
    const init = { ...chat, signal: AbortSignal.timeout(300) };
    await expect(call(`${gateway.url}/api/chat`, init)).rejects.toThrow();
    await call(`${gateway.url}/api/chat`, chat);
    expect(gateway.questions.length).toBe(1);
    expect(gateway.calls.map((seen) => seen.proof)).toEqual(['ok']);
  });
});
