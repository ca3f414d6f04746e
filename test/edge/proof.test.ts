// A proof buys one call: this one, here, by whoever was challenged, once. Replays, swaps and thefts
// are refused with one sentence for all of them, before anything is spent; an honest caller is
// never more than one fresh challenge away. If this breaks, one proof of work buys any number of
// calls.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  askChallenge,
  type Device,
  makeDevice,
  prove,
  readChallenge,
} from '../support/anonymous.ts';
import {
  CHAT,
  chatBody,
  decisionOf,
  LOCAL_IP,
  onlyUpstream,
  requestIdOf,
  spentOf,
  upstreamRequests,
} from '../support/chat.ts';
import { expectProblem, heard, type Problem } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { openWire, requestBytes } from '../support/wire.ts';

const APP_CHAT = '/api/chat';
const NEXT = 'Inference-Proof-Next';

let stack: TestStack;
let device: Device;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  device = await makeDevice();
});

afterAll(() => stack.close());

const body = chatBody();
const ask = (path = APP_CHAT, jkt = device.jkt): Promise<string> =>
  askChallenge(stack.gatewayUrl, { path, ...(jkt === '' ? {} : { jkt }) });

const send = (
  headers: Readonly<Record<string, string>>,
  sent = body,
  path = APP_CHAT,
): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, { method: 'POST', headers, body: sent });

async function expectRejected(response: Response): Promise<Problem> {
  expect(response.headers.get(NEXT), 'a fresh challenge').toMatch(/^[\w-]+\.[\w-]+$/);
  return expectProblem(await heard(response), 403, 'proof_rejected');
}

const expectNothingUp = async (): Promise<void> => {
  expect(await upstreamRequests(stack)).toEqual([]);
};

describe('an honest caller', () => {
  test('without a device is charged by address alone', async () => {
    const before = await spentOf(stack, LOCAL_IP);
    const response = await send(await prove(await ask(APP_CHAT, ''), body));
    expect(response.status).toBe(200);
    const record = await decisionOf(stack, requestIdOf(response));
    expect(record).toMatchObject({ principal: LOCAL_IP, ip: LOCAL_IP });
    const after = await spentOf(stack, LOCAL_IP);
    expect(after.requests - before.requests).toBe(1);
    expect(after.nanoUsd - before.nanoUsd).toBe((await stack.ledger()).billedNanoUsd);
  });

  test('with a device is charged by device and address alike', async () => {
    const before = await spentOf(stack, LOCAL_IP);
    const response = await send(await prove(await ask(), body, device));
    expect(response.status).toBe(200);
    await response.text();
    const principal = `device:${device.jkt}`;
    const spent = await spentOf(stack, principal);
    expect(spent).toEqual({ nanoUsd: (await stack.ledger()).billedNanoUsd, requests: 1 });
    const after = await spentOf(stack, LOCAL_IP);
    expect(after.nanoUsd - before.nanoUsd).toBe(spent.nanoUsd);
    expect(await decisionOf(stack, requestIdOf(response))).toMatchObject({ principal });
    const { body: up } = await onlyUpstream(stack);
    expect(up['max_completion_tokens']).toBe(800);
  });

  test('never asks again: every answer hands out the next challenge', async () => {
    let wire = await ask();
    for (const stream of [false, true, false]) {
      const said = chatBody({ stream });
      const response = await send(await prove(wire, said, device), said);
      expect(response.status).toBe(200);
      await response.text();
      wire = response.headers.get(NEXT) ?? '';
      expect(readChallenge(wire).jkt).toBe(device.jkt);
    }
  });

  test('without a proof is told how, with a challenge at hand that works', async () => {
    const bare = await send({ 'Content-Type': 'application/json' });
    const offered = /^Proof challenge="([^"]+)"$/.exec(bare.headers.get('WWW-Authenticate') ?? '');
    expect(offered?.[1]).toBe(bare.headers.get(NEXT));
    expectProblem(await heard(bare), 401, 'proof_required');
    await expectNothingUp();
    expect((await send(await prove(offered?.[1] ?? '', body))).status).toBe(200);
  });

  test('whose challenge was priced too low succeeds on the next one', async () => {
    const dear = chatBody({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'x'.repeat(9e3) }],
    });
    const wire = await ask(CHAT);
    const refused = await send(await prove(wire, dear, device), dear, CHAT);
    const next = refused.headers.get(NEXT) ?? '';
    await expectRejected(refused);
    await expectNothingUp();
    expect(readChallenge(next).costNanoUsdMax).toBeGreaterThan(readChallenge(wire).costNanoUsdMax);
    expect((await send(await prove(next, dear, device), dear, CHAT)).status).toBe(200);
  });
});

describe('a replay', () => {
  test('in sequence is refused every time, also with another body or as a stream', async () => {
    const headers = await prove(await ask(), body, device);
    expect((await send(headers)).status).toBe(200);
    for (let round = 0; round < 5; round += 1) await expectRejected(await send(headers));
    await expectRejected(await send(headers, chatBody({ stream: true })));
    expect(await upstreamRequests(stack)).toHaveLength(1);
    expect(await spentOf(stack, `device:${device.jkt}`)).toMatchObject({ requests: 1 });
  });

  test.each(['device', 'address'])('after a restart is still one, by %s', async (kind) => {
    const own = kind === 'device';
    const headers = await prove(
      await ask(APP_CHAT, own ? device.jkt : ''),
      body,
      own ? device : null,
    );
    expect((await send(headers)).status).toBe(200);
    await stack.restart();
    await expectRejected(await send(headers));
    expect(await upstreamRequests(stack)).toHaveLength(1);
  });

  test('of a call that was refused for money is one too: the nonce is spent', async () => {
    await stack.setCap(`device:${device.jkt}`, 'day', 'nanoUsd', 1_000);
    const headers = await prove(await ask(), body, device);
    expect((await send(headers)).status).toBe(402);
    await stack.setCap(`device:${device.jkt}`, 'day', 'nanoUsd', 1e9);
    await expectRejected(await send(headers));
    await expectNothingUp();
  });

  test.each(['device', 'address'])(
    '200 times at once reaches the provider once, by %s',
    async (kind) => {
      const own = kind === 'device';
      const headers = await prove(
        await ask(APP_CHAT, own ? device.jkt : ''),
        body,
        own ? device : null,
      );
      const responses = await Promise.all(Array.from({ length: 200 }, () => send(headers)));
      const statuses = responses.map(({ status }) => status).sort((a, b) => a - b);
      expect(statuses).toEqual([200, ...Array<number>(199).fill(403)]);
      await Promise.all(responses.map((response) => response.text()));
      expect((await stack.ledger()).calls).toHaveLength(1);
    },
  );
});

describe('a proof of something else', () => {
  test('another body is refused, and the honest one still passes: nothing was spent', async () => {
    const headers = await prove(await ask(), body, device);
    await expectRejected(await send(headers, chatBody({ n: 1 })));
    await expectRejected(await send(headers, `${body} `));
    const { 'Content-Digest': _digest, ...withoutDigest } = headers;
    await expectRejected(await send(withoutDigest, chatBody({ n: 1 })));
    await expectNothingUp();
    expect((await send(headers)).status).toBe(200);
  });

  test('another route is refused, whichever way it is swapped', async () => {
    await expectRejected(await send(await prove(await ask(CHAT), body, device)));
    await expectRejected(await send(await prove(await ask(), body, device), body, CHAT));
    await expectNothingUp();
  });

  test.each([{ method: 'PUT' }, { method: 'post' }, { route: 'chat-completions' }, { jkt: '' }])(
    'work and signature over %j are refused',
    async (lie) => {
      await expectRejected(await send(await prove(await ask(), body, device, lie)));
      await expectNothingUp();
    },
  );
});

describe('a proof of somebody else', () => {
  test('stolen from another address is refused where the address was challenged', async () => {
    const headers = await prove(await ask(APP_CHAT, ''), body);
    const wire = await openWire(stack.gatewayUrl, { from: '127.0.0.9' });
    wire.send(requestBytes(`POST ${APP_CHAT}`, headers, body));
    expectProblem(await wire.answer(), 403, 'proof_rejected');
    await expectNothingUp();
    expect((await send(headers)).status).toBe(200);
  });

  test('seen on the wire and sent again from another address is a replay', async () => {
    const headers = await prove(await ask(), body, device);
    expect((await send(headers)).status).toBe(200);
    const wire = await openWire(stack.gatewayUrl, { from: '127.0.0.9' });
    wire.send(requestBytes(`POST ${APP_CHAT}`, headers, body));
    expectProblem(await wire.answer(), 403, 'proof_rejected');
    expect(await upstreamRequests(stack)).toHaveLength(1);
  });

  test('a challenge for one device is no good to another', async () => {
    const other = await makeDevice();
    const wire = await ask();
    await expectRejected(await send(await prove(wire, body, other)));
    await expectRejected(await send(await prove(wire, body)));
    const forged = { ...other, publicKey: device.publicKey };
    await expectRejected(await send(await prove(wire, body, forged)));
    await expectRejected(await send(await prove(wire, body, { ...other, jkt: device.jkt })));
    await expectNothingUp();
    expect((await send(await prove(wire, body, device))).status).toBe(200);
  });

  test('a challenge for an API key is good for that key only', async () => {
    const [mine, other] = [await stack.makeKey('mine'), await stack.makeKey('other')];
    const wire = await askChallenge(stack.gatewayUrl, { path: APP_CHAT, key: mine.key });
    const headers = await prove(wire, body);
    await expectRejected(await send(headers));
    await expectRejected(await send({ ...headers, Authorization: `Bearer ${other.key}` }));
    await expectNothingUp();
    expect((await send({ ...headers, Authorization: `Bearer ${mine.key}` })).status).toBe(200);
    expect(await spentOf(stack, mine.principal)).toMatchObject({ requests: 1 });
  });
});
