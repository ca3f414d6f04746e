// A human is asked for only when a challenge does, with what ties the answer to that challenge, and
// the pass it earns is shown until it no longer counts.

import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFetch, type HumanChallenge, type ProofState } from '../../client/index.ts';
import { type ProofGateway, sendProblem, startProofGateway } from './proof-gateway.ts';

let gateway: ProofGateway;

beforeEach(async () => {
  const human = { siteKey: '1x00000000000000000000AA', action: 'app-chat', pass: 'pass-1' };
  gateway = await startProofGateway({ human, offersNext: true });
});

afterEach(() => gateway.close());

const chat = { method: 'POST', body: '{"model":"gpt-4o-mini"}' };

type Asked = {
  seen: HumanChallenge[];
  states: ProofState[];
  call: () => Promise<Response>;
  prepare: () => Promise<void>;
};

function clientThat(answers: (challenge: HumanChallenge) => Promise<string>): Asked {
  const seen: HumanChallenge[] = [];
  const states: ProofState[] = [];
  const proving = createFetch({
    gateway: gateway.url,
    onProof: (state) => states.push(state),
    solveHuman: (challenge) => {
      seen.push(challenge);
      return answers(challenge);
    },
  });
  const call = (): Promise<Response> => proving(`${gateway.url}/api/chat`, chat);
  return { seen, states, call, prepare: () => proving.prepare('/api/chat') };
}

const wireOf = (header: unknown): string => /c="([^"]*)"/.exec(String(header))?.[1] ?? '';

describe('a challenge that asks for a human', () => {
  test('is answered with a token for exactly that challenge', async () => {
    const { seen, call } = clientThat(() => Promise.resolve('XXXX.DUMMY.TOKEN.XXXX'));
    expect((await call()).status).toBe(200);
    const wire = wireOf(gateway.calls[0]?.headers['inference-proof']);
    expect(seen).toMatchObject([{ siteKey: '1x00000000000000000000AA', action: 'app-chat' }]);
    expect(seen[0]?.cData).toBe(createHash('sha256').update(wire).digest('base64url'));
    expect(gateway.calls).toMatchObject([{ proof: 'ok', humanToken: 'XXXX.DUMMY.TOKEN.XXXX' }]);
  });

  test('earns a pass that spares the next calls the question', async () => {
    const { seen, call } = clientThat(() => Promise.resolve('token'));
    for (let i = 0; i < 3; i += 1) expect((await call()).status).toBe(200);
    expect(seen.length).toBe(1);
    expect(gateway.calls.map(({ pass }) => pass)).toEqual([null, 'pass-1', 'pass-1']);
  });

  test('is answered anew when the pass is used up, and the old pass is not shown again', async () => {
    const { seen, call } = clientThat(() => Promise.resolve('token'));
    await call();
    gateway.settings.human = { siteKey: 'key', action: 'app-chat', pass: 'pass-2' };
    expect((await call()).status).toBe(200);
    await call();
    expect(seen.length).toBe(2);
    expect(gateway.calls.at(-1)).toMatchObject({ proof: 'ok', pass: 'pass-2' });
  });

  test('that comes with a refusal says in the refusal how to ask', async () => {
    const { seen, call } = clientThat(() => Promise.resolve('token'));
    const { human } = gateway.settings;
    gateway.settings.human = null;
    await call();
    gateway.settings.human = human;
    gateway.settings.refusals.push({ status: 401, code: 'proof_required' });
    gateway.settings.refusalHeaders = {
      'WWW-Authenticate': 'Proof challenge="x", human-site-key="key-2", human-action="act"',
    };
    await call();
    expect(seen).toMatchObject([{ siteKey: 'key-2', action: 'act' }]);
    expect(gateway.questions.length).toBe(1);
  });

  test('is not asked of anybody by preparing', async () => {
    const { seen, states, call, prepare } = clientThat(() => Promise.resolve('token'));
    await prepare();
    await expect.poll(() => states.some(({ state }) => state === 'prepared')).toBe(true);
    expect(seen).toEqual([]);
    await call();
    expect(seen.length).toBe(1);
    expect(gateway.calls).toMatchObject([{ proof: 'ok', ahead: true, humanToken: 'token' }]);
  });
});

describe('nobody who could be asked', () => {
  test('is a clear error, and nothing is sent', async () => {
    const call = createFetch({ gateway: gateway.url });
    await expect(call(`${gateway.url}/api/chat`, chat)).rejects.toThrow(/solveHuman/);
    expect(gateway.calls).toEqual([]);
  });

  test('costs nothing where no challenge asks', async () => {
    gateway.settings.human = null;
    const call = createFetch({ gateway: gateway.url });
    expect((await call(`${gateway.url}/api/chat`, chat)).status).toBe(200);
  });
});

describe('an answer', () => {
  test('that would not fit into a header is an error, and nothing is sent', async () => {
    for (const token of ['', 'two words', 'quote"', 'x'.repeat(2_049)]) {
      await expect(clientThat(() => Promise.resolve(token)).call()).rejects.toThrow(TypeError);
    }
    expect(gateway.calls).toEqual([]);
  });

  test('that is refused by the visitor ends the call with the reason', async () => {
    const reason = new DOMException('no', 'AbortError');
    let refuses = true;
    const { seen, call } = clientThat(async () => {
      if (!refuses) return 'token';
      refuses = false;
      throw reason;
    });
    await expect(call()).rejects.toBe(reason);
    expect(gateway.calls).toEqual([]);
    // The challenge was not used up: the next call asks for the same one.
    expect((await call()).status).toBe(200);
    expect(gateway.questions.length).toBe(1);
    expect(seen[0]?.cData).toBe(seen[1]?.cData);
  });

  test('is asked for one call at a time', async () => {
    let at = 0;
    let most = 0;
    const { call } = clientThat(async () => {
      at += 1;
      most = Math.max(most, at);
      await new Promise((resolve) => setImmediate(resolve));
      at -= 1;
      return 'token';
    });
    await Promise.all([call(), call(), call()]);
    expect(most).toBe(1);
  });

  test('no longer waited for is not asked: the caller left while another was', async () => {
    let answerFirst: (token: string) => void = () => undefined;
    const seen: HumanChallenge[] = [];
    const proving = createFetch({
      gateway: gateway.url,
      solveHuman: (challenge) => {
        seen.push(challenge);
        return new Promise((resolve) => (answerFirst = resolve));
      },
    });
    const first = proving(`${gateway.url}/api/chat`, chat);
    await expect.poll(() => seen.length).toBe(1);
    const leaving = new AbortController();
    const second = proving(`${gateway.url}/api/chat`, { ...chat, signal: leaving.signal });
    await expect.poll(() => gateway.questions.length).toBe(2);
    leaving.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    answerFirst('token');
    expect((await first).status).toBe(200);
    expect(seen.length).toBe(1);
  });
});

test('a refusal to issue a challenge asks nobody', async () => {
  gateway.settings.answerChallenge = (_call, response) => sendProblem(response, 503, 'paused');
  const { seen, call } = clientThat(() => Promise.resolve('token'));
  expect((await call()).status).toBe(503);
  expect(seen).toEqual([]);
});
