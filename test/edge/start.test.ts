// `npm start` as a stranger meets it: what it says when it cannot serve, and what it leaves behind.
// What breaks if this fails: "ready" over a gateway that answers 503 to everything, or two gateways
// on one state.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { localSecrets } from '../../local/secrets.ts';
import { STATE_LOCK } from '../../local/state-lock.ts';
import { poll } from '../support/poll.ts';

const START_MS_MAX = 60_000;

let folder: string;
let state: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighbridge-start-'));
  state = join(folder, 'state');
});
afterEach(async () => {
  for (const { child, exited } of running.splice(0)) {
    child.kill('SIGKILL');
    await exited;
  }
  await rm(state, { recursive: true, force: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Running = {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly exited: Promise<number | null>;
  output(): string;
  complaints(): string;
  /** The gateway's URL, once it says that it is ready. */
  ready(): Promise<string>;
};
const running: Running[] = [];

function start(...more: readonly string[]): Running {
  const ports = ['--port', '0', '--emulator-port', '0', '--state', state];
  const quiet = '--disable-warning=ExperimentalWarning';
  const child = spawn(process.execPath, [quiet, inRoot('local/start.ts'), ...ports, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, complaints] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (complaints += bytes.toString()));
  let hasEnded = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      hasEnded = true;
      resolve(code);
    });
  });
  const one: Running = {
    child,
    exited,
    output: () => output,
    complaints: () => complaints,
    async ready() {
      const line = await poll(
        'ready',
        () => {
          if (hasEnded) throw new Error(`it ended: ${complaints}`);
          return /^ready (.*)$/m.exec(output)?.[1] ?? null;
        },
        START_MS_MAX,
      );
      return (JSON.parse(line) as { gateway: string }).gateway;
    },
  };
  running.push(one);
  return one;
}

/** Processes that have this state's path on their command line. */
const leftRunning = (): string[] =>
  !existsSync('/proc')
    ? []
    : readdirSync('/proc').filter((pid) => {
        if (!/^\d+$/.test(pid)) return false;
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(state);
        } catch {
          return false;
        }
      });

const isHealthy = async (gateway: string): Promise<boolean> =>
  (await fetch(`${gateway}/_weighbridge/health`)).ok;

describe('a gateway that could serve nothing', () => {
  test.each([
    ['WEIGHBRIDGE_PROOF_KEY_ACTIVE', 'x'],
    ['WEIGHBRIDGE_PROOF_KEY_ACTIVE', undefined],
    ['WEIGHBRIDGE_API_KEY_SECRET', undefined],
  ])('with %s as %s ends, says which it is, and leaves nothing running', async (name, value) => {
    const secrets = { ...(await localSecrets(state)), [name]: value };
    await writeFile(join(state, 'secrets.json'), JSON.stringify(secrets));
    const one = start();
    expect(await one.exited).toBe(1);
    expect(one.output()).not.toContain('ready');
    expect(one.complaints()).toMatch(new RegExp(`^ {2}${name} \\(`, 'm'));
    for (const other of Object.keys(secrets)) {
      if (other !== name) expect(one.complaints()).not.toContain(other);
    }
    expect(leftRunning()).toEqual([]);
    expect(existsSync(join(state, STATE_LOCK))).toBe(false);
  });
});

describe('a state', () => {
  test('has one gateway: a second one says in one sentence whose it is', async () => {
    const one = start();
    const gateway = await one.ready();
    expect(leftRunning()).not.toEqual([]);
    const second = start('--reset');
    expect(await second.exited).toBe(1);
    const whose = `in use by another gateway (process ${String(one.child.pid)})`;
    expect(second.complaints()).toBe(`${state}: this state is ${whose}\n`);
    expect(second.output()).toBe('');
    // Nor has it emptied what it may not use.
    expect(existsSync(join(state, 'secrets.json'))).toBe(true);
    expect(await isHealthy(gateway)).toBe(true);
    one.child.kill('SIGINT');
    expect(await one.exited).toBe(0);
    expect(existsSync(join(state, STATE_LOCK))).toBe(false);
    expect(leftRunning()).toEqual([]);
  });

  test('is taken over from a gateway that was killed', async () => {
    const one = start();
    await one.ready();
    one.child.kill('SIGKILL');
    await one.exited;
    expect(await readFile(join(state, STATE_LOCK), 'utf8')).toContain(String(one.child.pid));
    // Where the system cannot end workerd with its starter, it is not ended here either.
    await poll('workerd is gone', () => leftRunning().length === 0);
    const next = start('--reset');
    expect(await isHealthy(await next.ready())).toBe(true);
    const lock = await readFile(join(state, STATE_LOCK), 'utf8');
    expect(lock).toContain(String(next.child.pid));
  });
});

describe('a policy that cannot be read', () => {
  test.each([
    ['a missing comma', 'export default {\n  a: 1\n  b: 2,\n};\n', 3, 3, 'Expected "}"'],
    ['a word too many', 'export default {};\nenum A { b }\n', 2, 1, 'enum is not supported'],
    ['a file that is not there', "import './none.ts';\nexport default {};\n", 1, 8, 'none.ts'],
    ['an error of its own', 'const a = null;\nexport default a.b;\n', 2, 18, "reading 'b'"],
  ])('is named with line and column: %s', async (_name, text, line, column, words) => {
    const file = join(folder, 'policy.ts');
    await writeFile(file, text);
    const one = start('--policy', file);
    expect(await one.exited).toBe(1);
    expect(one.complaints()).toContain(`${file}:${String(line)}:${String(column)}: `);
    expect(one.complaints()).toContain(words);
    expect(one.complaints().trim().split('\n')).toHaveLength(1);
    expect(existsSync(state)).toBe(false);
  });
});
