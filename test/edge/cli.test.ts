// The command line against a real gateway: what it changes is changed, what it says is so, and how
// it ends is what a script can rely on. What breaks if this fails: in an incident somebody believes
// that a switch is on.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { chatBody, requestIdOf } from '../support/chat.ts';
import { type CliOptions, type CliRun, runCli } from '../support/cli.ts';
import { OBSERVED_PATH } from '../support/observe-policy.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/observe-policy.ts') });
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  key = await stack.makeKey('cli');
});
beforeEach(() => stack.resetEmulator());
afterAll(() => stack.close());

const cli = (args: readonly string[], options: CliOptions = {}): Promise<CliRun> =>
  runCli(args, {
    ...options,
    env: {
      WEIGHBRIDGE_URL: stack.gatewayUrl,
      WEIGHBRIDGE_ADMIN_TOKEN: stack.adminToken,
      ...options.env,
    },
  });

const call = (path = '/v1/chat/completions', authorization = key.key): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${authorization}` },
    body: chatBody({}),
  });

const statusOf = async (answer: Promise<Response>): Promise<number> => {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
};

describe('kill and unkill', () => {
  it('switch a key off and on again, and both are in the audit', async () => {
    const put = ['kill', key.principal, '--reason', 'spends too much', '--author', 'ada'];
    const killed = await cli([...put, '--for', '30m', '--cut', '--yes']);
    expect([killed.code, killed.json()]).toMatchObject([
      0,
      { switch: { principal: key.principal, action: 'off', cut: true, author: 'ada' } },
    ]);
    expect(await statusOf(call())).toBe(503);
    const shown = await cli(['switches']);
    expect(shown.json()).toMatchObject({ switches: [{ reason: 'spends too much' }] });
    const lifted = await cli(['unkill', key.principal, '--reason', 'was a test', '--yes']);
    expect([lifted.code, lifted.json()]).toMatchObject([0, { lifted: { action: 'off' } }]);
    expect(await statusOf(call())).toBe(200);
    const { audit } = (await cli(['audit', '--limit', '2'])).json();
    expect(audit).toMatchObject([
      { kind: 'switch-deleted' },
      { kind: 'switch-put', author: 'ada' },
    ]);
    expect((await cli(['unkill', key.principal, '--reason', 'again', '--yes'])).code).toBe(1);
  });

  it.each([
    ['without --yes where nobody can be asked', ['user:eve', '--reason', 'x']],
    ['without a reason', ['user:eve', '--yes']],
    ['of what no call is named', ['eve', '--reason', 'x', '--yes']],
    ['of a prefix that nobody has', ['ip:10.0.0.0/8', '--reason', 'x', '--yes']],
    ['of a downgrade that cuts', ['user:eve', '--reason', 'x', '--cut', '--downgrade', '--yes']],
    ['for no time', ['user:eve', '--reason', 'x', '--for', 'ever', '--yes']],
    ['with an option that there is not', ['user:eve', '--reason', 'x', '--yess']],
  ])('change nothing %s', async (_, args) => {
    expect((await cli(['kill', ...args])).code).toBe(2);
    expect((await cli(['switches'])).json()).toEqual({ switches: [] });
  });
});

describe('budget', () => {
  const set = (...more: readonly string[]): Promise<CliRun> =>
    cli(['budget', 'set', key.principal, '--window', 'day', ...more, '--yes']);

  it('sets dollars, shows them, and takes them back', async () => {
    const made = await set('--unit', 'usd', '--cap', '0.000001');
    expect([made.code, made.json()]).toMatchObject([0, { unit: 'nanoUsd', cap: 1_000 }]);
    expect(await statusOf(call())).toBe(402);
    const counters = (await cli(['budget', 'get', key.principal])).json()['counters'];
    expect(counters).toContainEqual(
      expect.objectContaining({ name: 'nanoUsd-day', cap: 1_000, overridden: true }),
    );
    const text = await cli(['budget', 'get', key.principal, '--text']);
    expect(text.output).toMatch(/nanoUsd-day +\$\S+ +\$0\.00 +\$0\.000001 .* set by hand/);
    const back = await cli(['budget', 'unset', key.principal, '--window', 'day', '--yes']);
    expect([back.code, back.json()]).toMatchObject([0, { overridden: false }]);
    expect(await statusOf(call())).toBe(200);
  });

  it('counts what is no money in whole numbers', async () => {
    expect((await set('--unit', 'requests', '--cap', '1.5')).code).toBe(2);
    expect((await set('--unit', 'requests', '--cap', '1000')).json()).toMatchObject({ cap: 1_000 });
    await cli(['budget', 'unset', key.principal, '--window', 'day', '--unit', 'requests', '--yes']);
  });

  it.each([['1e3'], ['-5'], ['5,00'], ['NaN'], ['99999999']])('takes no cap of %s', async (cap) => {
    expect((await set(`--cap=${cap}`)).code).toBe(2);
  });

  it('of a counter that the policy does not have is refused with 1', async () => {
    const run = await set('--unit', 'images', '--cap', '5');
    expect([run.code, run.json()]).toMatchObject([1, { exitCode: 1 }]);
    expect((await cli(['budget', 'get', 'nobody'])).code).toBe(1);
  });
});

describe('keys', () => {
  it('are made once, listed, shown, rotated and revoked', async () => {
    const bounds = ['--expires', '30d', '--cap', '5.00', '--route', 'chat-completions'];
    const args = ['--name', 'nightly', '--purpose', 'ci', ...bounds, '--budget', 'day:usd:2.00'];
    const made = await cli(['keys', 'create', ...args, '--yes']);
    const { id, key: secret } = made.json() as { id: string; key: string };
    expect([made.code, await statusOf(call('/v1/chat/completions', secret))]).toEqual([0, 200]);
    const listed = await cli(['keys', 'list']);
    expect(listed.json()['keys']).toContainEqual(expect.objectContaining({ id, name: 'nightly' }));
    const shown = await cli(['keys', 'show', `key:${id}`]);
    expect(shown.json()).toMatchObject({ routes: ['chat-completions'], capNanoUsd: 5_000_000_000 });
    expect(shown.output + listed.output).not.toContain(secret);
    const rotated = await cli(['keys', 'rotate', id, '--grace', '0s', '--yes']);
    expect(await statusOf(call('/v1/chat/completions', secret))).toBe(401);
    const next = String(rotated.json()['key']);
    expect(await statusOf(call('/v1/chat/completions', next))).toBe(200);
    expect((await cli(['keys', 'revoke', id, '--yes'])).code).toBe(0);
    expect(await statusOf(call('/v1/chat/completions', next))).toBe(401);
    expect((await cli(['keys', 'show', 'nobody'])).code).toBe(1);
  });

  it('are named by their ids: a whole key is sent nowhere', async () => {
    const run = await cli(['keys', 'show', key.key], {
      env: { WEIGHBRIDGE_URL: 'http://127.0.0.1:1' },
    });
    expect(run.code).toBe(2);
    expect(run.output + run.complaints).not.toContain(key.key);
  });
});

describe('explain and impact', () => {
  it('tell the story of a call that was served, and of one that was refused', async () => {
    const served = await call();
    await served.text();
    const id = requestIdOf(served);
    const record = await cli(['explain', id]);
    expect([record.code, record.json()]).toMatchObject([0, { requestId: id, decision: 'allow' }]);
    const story = (await cli(['explain', id, '--text'])).output;
    expect(story).toMatch(/^allow: /);
    for (const words of ['route chat-completions', key.principal, 'as the provider counted it']) {
      expect(story).toContain(words);
    }
    expect(story).toMatch(/^ {2}price +pass$/m);
    expect(story).toMatch(/^Held \$0\.\d{2,6}; charged \$0\.\d{2,6},/m);
    const refused = await fetch(`${stack.gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key.key}` },
      body: chatBody({ model: 'gpt-99' }),
    });
    const why = (await cli(['explain', requestIdOf(refused), '--text'])).output;
    expect(why).toMatch(/^ {2}models +refuse +model-not-offered/m);
    expect(why).toContain('What to do: Offer the model');
  });

  it('say where records are where there is none', async () => {
    const run = await cli(['explain', 'nothing-of-ours']);
    expect([run.code, run.complaints]).toEqual([1, expect.stringContaining('for a day at least')]);
    expect((await cli(['explain', '../switches'])).code).toBe(1);
  });

  it('say what enforcing would have refused', async () => {
    await (await call(OBSERVED_PATH)).text();
    const run = await cli(['impact']);
    expect([run.code, run.json()['rules']]).toEqual([
      0,
      expect.arrayContaining([
        expect.objectContaining({ rule: 'proof-required', route: 'observed' }),
      ]),
    ]);
    const text = (await cli(['impact', '--text'])).output;
    expect(text).toContain('enforcing would have refused');
    expect(text).toMatch(/^proof-required +observed +\d+ +\d+ +\$/m);
    expect(text).toContain('mode: "enforce"');
    expect((await cli(['impact', '--from', '2026-13-01'])).code).toBe(2);
    expect((await cli(['impact', '--from', '2021-01-02', '--to', '2021-01-01'])).code).toBe(1);
  });
});

describe('doctor', () => {
  it('knows the gateway that runs, its policy, keys and models', async () => {
    const policy = inRoot('test/support/observe-policy.ts');
    const rules = async (...more: readonly string[]): Promise<string[]> => {
      const { findings } = (await cli(['doctor', ...more])).json();
      return (findings as { rule: string }[]).map(({ rule }) => rule);
    };
    const same = await rules('--policy', policy);
    expect(same).not.toEqual(expect.arrayContaining(['gateway']));
    expect(same).not.toContain('policy-version');
    expect(same).not.toContain('operator-api');
    expect(await rules()).toContain('policy-version');
    const away = await cli(['doctor', '--gateway', 'http://127.0.0.1:1']);
    expect([away.code, away.output]).toEqual([1, expect.stringContaining('does not serve')]);
  });
});

describe('an end', () => {
  it.each([
    ['0 for help', ['--help'], {}, 0],
    ['0 for the help of a verb', ['budget', 'set', '--help'], {}, 0],
    ['0 for its version', ['--version'], {}, 0],
    ['2 for no verb', [], {}, 2],
    ['2 for an unknown verb', ['kil'], {}, 2],
    ['2 for a word too many', ['switches', 'now'], {}, 2],
    ['2 for a gateway in the clear', ['switches', '--gateway', 'http://ai.example.com'], {}, 2],
    ['2 without a token', ['switches'], { WEIGHBRIDGE_ADMIN_TOKEN: '' }, 2],
    ['1 for a wrong token', ['switches'], { WEIGHBRIDGE_ADMIN_TOKEN: 'wrong' }, 1],
    ['3 where nobody answers', ['switches', '--gateway', 'http://127.0.0.1:1'], {}, 3],
  ])('is %s', async (_, args, env, code) => {
    const run = await cli(args, { env });
    expect([run.code, run.complaints]).toEqual([code, expect.any(String)]);
    expect(run.output + run.complaints).not.toContain(stack.adminToken);
  });

  it('names the nearest verb and option', async () => {
    expect((await cli(['kil', 'user:eve'])).complaints).toContain('Did you mean kill?');
    const option = await cli(['kill', 'user:eve', '--reson', 'x', '--yes']);
    expect([option.code, option.complaints]).toEqual([2, expect.stringContaining('--reason')]);
  });
});
