// The guide to a first protected call, followed by its own commands. What breaks if this fails: the
// first ten minutes of everybody who tries this.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { poll } from '../support/poll.ts';

const STEPS_MAX = 4;
/** Of the ten minutes, without the install, on a machine that does other things as well. */
const SECONDS_MAX = 120;

const run = promisify(execFile);
let folder: string;
let gateway: ChildProcess | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighbridge-guide-'));
  const app = join(folder, 'my-app');
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{"type":"module","dependencies":{"express":"5"}}');
  await writeFile(join(app, 'server.js'), "import 'openai';\napp.post('/api/chat', answer);\n");
});

afterAll(async () => {
  if (gateway !== null) {
    const ended = new Promise((resolve) => gateway?.once('close', resolve));
    gateway.kill('SIGINT');
    await ended;
  }
  await rm(folder, { recursive: true });
});

/** In a folder of its own, with a state of its own, on a port that is free. */
const here = (command: string, url: string): string =>
  command
    .replaceAll('../my-app', join(folder, 'my-app'))
    .replaceAll('http://127.0.0.1:8787', url)
    .replaceAll('keys create', `keys create --state ${join(folder, 'state')}`)
    .replaceAll(
      'weighbridge -- explain',
      `weighbridge -- explain --state ${join(folder, 'state')}`,
    );

const shell = async (command: string): Promise<string> => {
  const { stdout } = await run('/bin/sh', ['-ec', command], { cwd: inRoot() });
  return stdout;
};

async function start(command: string): Promise<string> {
  const more = `--port 0 --emulator-port 0 --state ${join(folder, 'state')}`;
  const child = spawn('/bin/sh', ['-c', `exec ${command} ${more}`], {
    cwd: inRoot(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  gateway = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  }
  const line = await poll('ready', () => /^ready (.*)$/m.exec(output)?.[1] ?? null, 60_000);
  return (JSON.parse(line) as { gateway: string }).gateway;
}

it('leads to a protected call in four steps', async () => {
  const guide = await readFile(inRoot('docs/guides/first-protected-call.md'), 'utf8');
  expect(guide.match(/^## \d/gm)?.length).toBeLessThanOrEqual(STEPS_MAX);
  const commands = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text.trim());
  expect(commands).toHaveLength(6);
  const [init = '', check = '', begin = '', byKey = '', byProof = '', explain = ''] = commands;
  const startedAtMs = Date.now();

  // It asks; here nobody is there to answer.
  await shell(`${here(init, '')} --yes`);
  const policy = join(folder, 'my-app', 'weighbridge.config.ts');
  const [, from = '', to = ''] = /^-( {2}realm.*)\n\+( {2}realm.*)$/m.exec(guide) ?? [];
  const text = await readFile(policy, 'utf8');
  expect(text).toContain(from);
  await writeFile(policy, text.replace(from, to));
  expect(await shell(here(check, ''))).toContain('"realm": "my-app.test"');

  const url = await start(here(begin, ''));
  expect(await shell(here(byKey, url))).toMatch(/^HTTP\/1\.1 200 OK\r?\n/);
  const [, id = ''] = /^200 (\S+)$/m.exec(await shell(here(byProof, url))) ?? [];
  const story = await shell(here(explain.replace('ID', id), url));
  expect(story).toMatch(/by device:/);
  expect(story).toMatch(/^ {2}proof +pass$/m);
  const seconds = (Date.now() - startedAtMs) / 1_000;
  process.stdout.write(`first protected call: ${seconds.toFixed(1)} s behind the install\n`);
  expect(seconds).toBeLessThan(SECONDS_MAX);
});
