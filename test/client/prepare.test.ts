// What is done before a call is made, and that it is no more than is needed.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFetch, type ProofState, type ProvingFetch } from '../../client/index.ts';
import { type ProofGateway, sendProblem, startProofGateway } from './proof-gateway.ts';

let open: ProofGateway[] = [];

type Settings = Parameters<typeof startProofGateway>[0];
type Client = { gateway: ProofGateway; call: ProvingFetch; states: ProofState[] };

async function clientWith(settings: Settings = {}): Promise<Client> {
  const gateway = await startProofGateway(settings);
  open.push(gateway);
  const states: ProofState[] = [];
  const call = createFetch({
    gateway: gateway.url,
    protect: ['/api/chat'],
    onProof: (state) => states.push(state),
  });
  return { gateway, call, states };
}

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  await Promise.all(open.map((gateway) => gateway.close()));
  open = [];
});

const chat = { method: 'POST', body: '{"model":"gpt-4o-mini"}' };
const namesOf = (states: readonly ProofState[]): string[] => states.map(({ state }) => state);
const isPrepared = (states: readonly ProofState[]) => (): boolean =>
  namesOf(states).includes('prepared');

describe('a call that was prepared', () => {
  test('asks for nothing, solves nothing, and is bound to its bytes by a signature', async () => {
    const { gateway, call, states } = await clientWith();
    await call.prepare('/api/chat');
    await expect.poll(isPrepared(states)).toBe(true);
    states.length = 0;
    await call(`${gateway.url}/api/chat`, chat);
    expect(namesOf(states)).toEqual(['sent']);
    expect(states[0]).toMatchObject({ ahead: true });
    expect(gateway.calls).toMatchObject([{ proof: 'ok', ahead: true, signed: true }]);
    expect(gateway.questions.map(({ asked }) => asked['bind'])).toEqual(['signature']);
  });

  test('while its work is still being done waits for that work and does no other', async () => {
    const { gateway, call, states } = await clientWith({ bits: 14 });
    await call.prepare();
    await call(`${gateway.url}/api/chat`, chat);
    expect(namesOf(states).filter((state) => state === 'challenge').length).toBe(1);
    expect(gateway.calls).toMatchObject([{ proof: 'ok', ahead: true }]);
  });

  test('while its challenge is still being asked for waits for that challenge', async () => {
    const { gateway, call } = await clientWith();
    void call.prepare();
    await call(`${gateway.url}/api/chat`, chat);
    expect(gateway.questions.length).toBe(1);
  });

  test('is followed by others that are prepared by the answers alone', async () => {
    const { gateway, call, states } = await clientWith({ offersNext: true });
    for (let i = 0; i < 3; i += 1) {
      await call(`${gateway.url}/api/chat`, chat);
      await expect.poll(isPrepared(states)).toBe(true);
      states.length = 0;
    }
    expect(gateway.questions.length).toBe(1);
    expect(gateway.calls.map(({ ahead }) => ahead)).toEqual([false, true, true]);
  });

  test('and refused is tried again with work for its own bytes', async () => {
    const { gateway, call } = await clientWith({ offersNext: true });
    await call.prepare();
    gateway.settings.refusals.push({ status: 403, code: 'proof_rejected' });
    expect((await call(`${gateway.url}/api/chat`, chat)).status).toBe(200);
    expect(gateway.calls.map(({ ahead }) => ahead)).toEqual([true, false]);
  });

  test('is solved at the call where the gateway does not allow work ahead', async () => {
    const { gateway, call } = await clientWith({ allowsAhead: false });
    await call.prepare();
    await call(`${gateway.url}/api/chat`, chat);
    expect(gateway.questions.length).toBe(1);
    expect(gateway.calls).toMatchObject([{ proof: 'ok', ahead: false }]);
  });

  test('long ago asks again: a stale challenge is not sent', async () => {
    const { gateway, call } = await clientWith();
    await call.prepare();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 85_000 });
    await call(`${gateway.url}/api/chat`, chat);
    expect(gateway.questions.length).toBe(2);
    expect(gateway.calls).toMatchObject([{ proof: 'ok' }]);
  });
});

describe('preparing', () => {
  test('twice asks once, and asks nothing while there is something left', async () => {
    const { gateway, call } = await clientWith();
    await Promise.all([call.prepare(), call.prepare()]);
    await call.prepare();
    expect(gateway.questions.length).toBe(1);
  });

  test('during a call asks nothing: its answer brings the next challenge', async () => {
    let answer = (): void => undefined;
    const { gateway, call } = await clientWith({
      offersNext: true,
      answer: (_call, response) => {
        answer = () => response.end();
      },
    });
    const calling = call(`${gateway.url}/api/chat`, chat);
    await expect.poll(() => gateway.calls.length).toBe(1);
    await call.prepare();
    answer();
    await calling;
    await call.prepare();
    expect(gateway.questions.length).toBe(1);
  });

  test('hints at the last call: its model and its size', async () => {
    const { gateway, call } = await clientWith();
    await call(`${gateway.url}/api/chat`, chat);
    await call.prepare();
    expect(gateway.questions[1]?.asked).toMatchObject({
      model: 'gpt-4o-mini',
      bodyBytes: chat.body.length,
      bind: 'signature',
    });
  });

  test('in vain is quiet, is not repeated at once, and does not stop the call', async () => {
    const { gateway, call } = await clientWith({
      answerChallenge: (_call, response) => sendProblem(response, 503, 'paused'),
    });
    for (let i = 0; i < 3; i += 1) await call.prepare();
    expect(gateway.questions.length).toBe(1);
    gateway.settings.answerChallenge = null;
    expect((await call(`${gateway.url}/api/chat`, chat)).status).toBe(200);
  });

  test('a path that is not protected asks nothing', async () => {
    const { gateway, call } = await clientWith();
    await call.prepare('/api/history');
    await call.prepare('https://elsewhere.test/api/chat');
    expect(gateway.questions.length).toBe(0);
  });
});

describe('without a network', () => {
  test('a call rejects as fetch does, and its challenge serves the next one', async () => {
    const { gateway } = await clientWith();
    const { url } = gateway;
    let isOffline = true;
    const offline = createFetch({
      gateway: url,
      fetch: (input, init) => {
        const isChallenge = String(input).includes('inference-proof');
        if (isOffline && !isChallenge) return Promise.reject(new TypeError('fetch failed'));
        return fetch(input, init);
      },
    });
    vi.stubGlobal('navigator', { onLine: false });
    await expect(offline(`${url}/api/chat`, chat)).rejects.toThrow(TypeError);
    isOffline = false;
    vi.unstubAllGlobals();
    const asked = gateway.questions.length;
    expect((await offline(`${url}/api/chat`, chat)).status).toBe(200);
    expect(gateway.questions.length).toBe(asked);
  });
});

test('a listener that throws does not stop a call', async () => {
  const { gateway } = await clientWith();
  const call = createFetch({
    gateway: gateway.url,
    onProof: () => {
      throw new Error('mine');
    },
  });
  expect((await call(`${gateway.url}/api/chat`, chat)).status).toBe(200);
});
