// The examples for callers that are not browsers run as they stand against the real stack. What
// breaks if this fails: the first thing a developer without a browser tries.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { LOCAL_IP, upstreamRequests } from '../support/chat.ts';
import { PYTHON, type Run, type RunOptions, runExample } from '../support/example.ts';
import { startStack, type TestStack } from '../support/stack.ts';

if (PYTHON === undefined) {
  process.stderr.write('the examples are not tested: there is no python3 on this machine\n');
}

const APP_CHAT = '/api/chat';
/** Of the shipped policy, on a machine that does other things as well. */
const DEFAULT_SECONDS_MAX = 20;

let stack: TestStack;

const chat = (args: readonly string[], options?: RunOptions, gateway = stack.gatewayUrl) =>
  runExample([PYTHON ?? '', 'python/chat.py', '--gateway', gateway, ...args], options);

const curl = (how: string, words: string, env: Readonly<Record<string, string>> = {}) =>
  runExample(['/bin/sh', 'curl/chat.sh', how, words], {
    env: { WEIGHBRIDGE_GATEWAY: stack.gatewayUrl, ...env },
  });

const succeeded = ({ code, complaints }: Run): void => {
  expect([code, complaints]).toEqual([0, expect.any(String)]);
};

describe.skipIf(PYTHON === undefined)('with little work', () => {
  beforeAll(async () => {
    stack = await startStack();
  });

  beforeEach(async () => {
    await stack.resetEmulator();
    await stack.script({ text: 'A scale in the ground – für Lastwagen.' });
  });

  afterAll(() => stack.close());

  describe('the Python example', () => {
    it('proves its calls, prints the answers and goes on with the challenge they bring', async () => {
      const run = await chat(['--path', APP_CHAT, '--verbose', 'What is it?', 'Again?', 'Thanks']);
      succeeded(run);
      expect(run.output).toBe('A scale in the ground – für Lastwagen.\n'.repeat(3));
      const challenges = run.complaints.match(/^challenge: .*$/gm);
      const brought = 'challenge: brought by the last answer';
      expect(challenges).toEqual(['challenge: asked for', brought, brought]);
      const sent = (await upstreamRequests(stack)).map(
        ({ bodyText }) => JSON.parse(bodyText) as { messages: unknown[] },
      );
      expect(sent.map(({ messages }) => messages.length)).toEqual([1, 3, 5]);
    });

    it('calls the gateway of WEIGHBRIDGE_GATEWAY where no option names one', async () => {
      const command = [PYTHON ?? '', 'python/chat.py', '--path', APP_CHAT, 'Hi'] as const;
      const ask = (gateway: string) =>
        runExample(command, { env: { WEIGHBRIDGE_GATEWAY: gateway } });
      expect((await ask(stack.gatewayUrl)).output).toContain('A scale in the ground');
      expect((await ask('http://127.0.0.1:9')).complaints).toContain('No answer from');
    });

    it('prints words as they come', async () => {
      await stack.script({ chunks: 20, chunkDelayMs: 50, text: 'word '.repeat(20) });
      let openStreams = 0;
      const onFirstOutput = async (): Promise<void> => {
        ({ openStreams } = await stack.ledger());
      };
      succeeded(await chat(['slowly please'], { onFirstOutput }));
      expect(openStreams).toBe(1);
    });

    it('sends an API key without a proof, and with one where the route asks keys too', async () => {
      const { key } = await stack.makeKey();
      const plain = await chat(['--key', key, '--verbose', 'hello']);
      succeeded(plain);
      expect(plain.complaints).toBe('');
      const proven = await chat(['--path', APP_CHAT, '--verbose', 'hello'], {
        env: { WEIGHBRIDGE_KEY: key },
      });
      succeeded(proven);
      expect(proven.complaints).toContain('challenge: brought by a refusal');
    });

    it('says in words what was refused, where to read more, and ends with 1', async () => {
      await stack.setCap(LOCAL_IP, 'day', 'nanoUsd', 1);
      const poor = await chat(['hello']);
      await stack.dropCap(LOCAL_IP, 'day', 'nanoUsd');
      expect(poor).toMatchObject({ code: 1, output: '' });
      expect(poor.complaints).toMatch(/^Budget used up.* \(402\)\n/);
      expect(poor.complaints).toContain('docs/problems/over-budget.md');
      expect(poor.complaints).toMatch(/Request: \S{30,}/);
      const wrongModel = await chat(['--model', 'gpt-9', 'hello']);
      expect(wrongModel.complaints).toContain('"gpt-9" is not offered here');
      const wrongPath = await chat(['--path', '/nowhere', 'hello']);
      expect(wrongPath.complaints).toContain('There is no such protected route');
      expect((await chat(['--key', 'wb_nonsense', 'hello'])).complaints).toContain('(401)');
      expect((await stack.ledger()).calls).toEqual([]);
    });

    it('says that an answer broke off, and that nobody answers', async () => {
      await stack.script({ fault: 'cut', times: 1 });
      const cut = await chat(['hello']);
      expect([cut.code, cut.complaints]).toEqual([
        1,
        expect.stringContaining('The answer broke off'),
      ]);
      const nobody = await chat(['hello'], {}, 'http://127.0.0.1:1');
      expect(nobody.code).toBe(1);
      expect(nobody.complaints).toMatch(/^No answer from http:\/\/127\.0\.0\.1:1: .*refused/);
      expect(nobody.complaints).not.toContain('Traceback');
    });
  });

  describe('the curl example', () => {
    it.each(['test', 'proof'])(
      'gets a streamed answer by %s, paid for by the address',
      async (how) => {
        const run = await curl(how, 'What is "it"?');
        succeeded(run);
        expect(run.output).toContain('data: {');
        expect(run.output.trimEnd()).toMatch(/data: \[DONE\]$/);
        const [request] = await upstreamRequests(stack);
        expect(JSON.parse(request?.bodyText ?? '{}')).toMatchObject({
          messages: [{ role: 'user', content: 'What is "it"?' }],
        });
      },
    );

    it('gets one by key, and says so where there is none', async () => {
      const { key } = await stack.makeKey();
      succeeded(await curl('key', 'hello', { WEIGHBRIDGE_KEY: key }));
      const without = await curl('key', 'hello');
      expect(without.code).not.toBe(0);
      expect(without.complaints).toContain('put an API key into WEIGHBRIDGE_KEY');
    });

    it('prints a refusal and ends with what curl ends with', async () => {
      const run = await curl('proof', 'hello', { WEIGHBRIDGE_MODEL: 'gpt-9' });
      expect(run.code).toBe(22);
      expect(run.output).toContain('"code":"model_not_offered"');
      expect((await curl('proof', 'hello', { WEIGHBRIDGE_PATH: '/nowhere' })).code).not.toBe(0);
    });
  });
});

describe.skipIf(PYTHON === undefined)('with the work of the shipped policy', () => {
  beforeAll(async () => {
    stack = await startStack({ policyFile: inRoot('weighbridge.config.ts') });
  });

  afterAll(() => stack.close());

  it.each(['/v1/chat/completions', APP_CHAT])('Python needs seconds at %s', async (path) => {
    const run = await chat(['--path', path, '--verbose', 'hello', 'and again']);
    succeeded(run);
    const proofs = run.complaints.match(/^proof: .*$/gm) ?? [];
    expect(proofs).toHaveLength(2);
    process.stdout.write(`chat.py at ${path}: ${run.seconds.toFixed(2)} s; ${proofs.join('; ')}\n`);
    expect(run.seconds).toBeLessThan(DEFAULT_SECONDS_MAX);
  });

  it('curl with Python beside it, too', async () => {
    const run = await curl('proof', 'hello');
    succeeded(run);
    process.stdout.write(`chat.sh proof: ${run.seconds.toFixed(2)} s\n`);
    expect(run.seconds).toBeLessThan(DEFAULT_SECONDS_MAX);
  });
});
