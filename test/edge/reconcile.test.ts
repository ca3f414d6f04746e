// From a call to the comparison with the provider's own bill: what the gateway states for a day is
// what the provider would export, to the nano-dollar, and `npm run reconcile` says so; one token
// more or less is a line that differs. If this breaks, nobody notices a key that goes round the
// gateway, or a ledger that forgets.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { makeDevice } from '../support/anonymous.ts';
import { call } from '../support/callers.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { type EmulatorCall, type MadeKey, startStack, type TestStack } from '../support/stack.ts';

const MODELS = ['gpt-4o-mini', 'gpt-4.1'] as const;
const DAY_MS = 86_400_000;

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/scopes-policy.ts') });
  key = await stack.makeKey('reconciled');
});

beforeEach(() => stack.resetEmulator());

afterAll(() => stack.close());

const today = (): string => new Date().toISOString().slice(0, 10);

type Statement = Readonly<Record<string, number | string>>;

const statementsOf = async (day: string): Promise<readonly Statement[]> =>
  (
    (await stack.admin('GET', `/statements?from=${day}&to=${day}`)) as {
      statements: readonly Statement[];
    }
  ).statements;

/** What the provider answers when it is asked for a day's usage by model. */
function usageExport(calls: readonly EmulatorCall[], day: string): unknown {
  const startMs = Date.parse(`${day}T00:00:00Z`);
  const results = MODELS.map((model) => {
    const mine = calls.filter((one) => one.model === model);
    const sum = (of: (one: EmulatorCall) => number): number =>
      mine.reduce((total, one) => total + of(one), 0);
    return {
      object: 'organization.usage.completions.result',
      input_tokens: sum((one) => one.inputTokens),
      output_tokens: sum((one) => one.outputTokens),
      input_cached_tokens: 0,
      input_audio_tokens: 0,
      output_audio_tokens: 0,
      num_model_requests: mine.length,
      project_id: null,
      user_id: null,
      api_key_id: null,
      model,
      batch: false,
      service_tier: 'default',
    };
  });
  const bucket = {
    object: 'bucket',
    start_time: startMs / 1_000,
    end_time: (startMs + DAY_MS) / 1_000,
    results,
  };
  return { object: 'page', data: [bucket], has_more: false, next_page: null };
}

type Run = { readonly code: number | null; readonly output: string };

async function reconcile(file: string, more: readonly string[] = []): Promise<Run> {
  const args = ['--gateway', stack.gatewayUrl, '--provider', 'openai', '--export', file, ...more];
  const child = spawn(process.execPath, [inRoot('local/reconcile.ts'), ...args], {
    env: { ...process.env, WEIGHBRIDGE_ADMIN_TOKEN: stack.adminToken },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

/** Calls of every kind on both models, from several networks, all of them whole. */
async function callsOfADay(): Promise<string> {
  const device = await makeDevice();
  const [first, second] = MODELS;
  for (const [chunks, model, from, stream] of [
    [3, first, '127.0.31.1', false],
    [40, second, '127.0.32.1', true],
    [1, first, '127.0.33.1', true],
    [77, second, '127.0.31.9', false],
    [12, first, '127.0.34.1', false],
  ] as const) {
    await stack.script({ chunks, chunkDelayMs: 0 });
    const body = { model, stream };
    for (const who of [{ key: key.key }, { device }]) {
      const answer = await call(stack.gatewayUrl, { ...who, from, body });
      expect(answer.status).toBe(200);
    }
  }
  for (const principal of [key.principal, `device:${device.jkt}`]) {
    await poll('settled', async () => (await stack.principal(principal)).holds.length === 0);
  }
  return today();
}

test('what was called is what is stated, and what is stated is what the provider bills', async () => {
  const day = await callsOfADay();
  const { calls, billedNanoUsd } = await stack.ledger();
  const stated = await poll('all calls are stated', async () => {
    const statements = await statementsOf(day);
    const sum = statements.reduce((total, one) => total + Number(one['calls']), 0);
    return sum >= calls.length ? statements : null;
  });
  expect(stated).toHaveLength(MODELS.length);
  for (const model of MODELS) {
    const mine = calls.filter((one) => one.model === model);
    const sum = (of: (one: EmulatorCall) => number): number =>
      mine.reduce((total, one) => total + of(one), 0);
    expect(stated.find((one) => one['model'] === model)).toEqual({
      day,
      provider: 'openai',
      model,
      calls: mine.length,
      estimatedCalls: 0,
      nanoUsd: sum((one) => one.billedNanoUsd),
      estimatedNanoUsd: 0,
      inputTokens: sum((one) => one.inputTokens),
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: sum((one) => one.outputTokens),
      adjustmentsNanoUsd: 0,
    });
  }
  expect(billedNanoUsd).toBe(stated.reduce((total, one) => total + Number(one['nanoUsd']), 0));

  const file = join(stack.stateDirectory, 'usage.json');
  await writeFile(file, JSON.stringify(usageExport(calls, day)));
  const same = await reconcile(file);
  expect([same.code, same.output]).toEqual([0, expect.stringContaining('$0.000000000')]);

  // One token more of one model in what the provider says.
  const [first, ...others] = calls;
  if (first === undefined) throw new Error('no call');
  const bent = [{ ...first, outputTokens: first.outputTokens + 1 }, ...others];
  await writeFile(file, JSON.stringify(usageExport(bent, day)));
  const different = await reconcile(file, ['--json']);
  expect(different.code).toBe(1);
  const { lines } = JSON.parse(different.output) as {
    lines: { model?: string; day?: string; same?: boolean }[];
  };
  expect(lines.length).toBeGreaterThan(0);
  const table = await reconcile(file);
  expect(table.code).toBe(1);
  const differing = table.output
    .split('\n')
    .filter((line) => line.startsWith(day) && !line.includes(' $0.000000000'));
  expect(differing).toHaveLength(1);
  expect(differing[0]).toContain(first.model);
  expect(differing[0]).toContain(' / ');
  expect(table.output).toMatch(/Different: 1 of 2 lines differ/);
});

test('a call that went past the gateway is a line that differs', async () => {
  const day = today();
  const calls = async (): Promise<number> =>
    (await statementsOf(day)).reduce((sum, one) => sum + Number(one['calls']), 0);
  const before = await calls();
  const past = await fetch(`${stack.emulatorUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sk-emulator', 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(past.status).toBe(200);
  await past.text();
  const file = join(stack.stateDirectory, 'past.json');
  await writeFile(file, JSON.stringify(usageExport((await stack.ledger()).calls, day)));
  expect((await reconcile(file)).code).toBe(1);
  expect(await calls()).toBe(before);
});

test('with a wrong token nothing is compared', async () => {
  const file = join(stack.stateDirectory, 'none.json');
  await writeFile(file, JSON.stringify(usageExport([], today())));
  const { code, output } = await reconcile(file, ['--token', 'wrong']);
  expect(code).toBe(2);
  expect(output).not.toContain(stack.adminToken);
});

test.each([
  '',
  '?from=2026-11-21',
  '?from=2026-11-22&to=2026-11-21',
  '?from=x&to=y',
  '?from=2020-01-01&to=2026-11-21',
])('statements%s are not a range of days', async (query) => {
  const answer = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/statements${query}`, {
    headers: { Authorization: `Bearer ${stack.adminToken}` },
  });
  expectProblem(await heard(answer), 422, 'request_invalid');
});
