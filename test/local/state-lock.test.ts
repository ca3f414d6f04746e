// The lock of a state folder. What breaks if this fails: two gateways write to one state, or one
// that was killed keeps its state for ever.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { lockState, STATE_LOCK } from '../../local/state-lock.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighbridge-lock-'));
  file = join(folder, STATE_LOCK);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const IN_USE = `this state is in use by another gateway (process ${String(process.pid)})`;

it('is held by one at a time, and free again when it is given back', async () => {
  const giveBack = await lockState(folder);
  await expect(lockState(folder)).rejects.toThrow(IN_USE);
  expect(await readdir(folder)).toEqual([STATE_LOCK]);
  giveBack();
  expect(await readdir(folder)).toEqual([]);
  (await lockState(folder))();
});

it('is waited for as long as the caller has patience', async () => {
  const giveBack = await lockState(folder);
  const patient = lockState(folder, 60_000);
  giveBack();
  (await patient)();
  const again = await lockState(folder);
  await expect(lockState(folder, 1)).rejects.toThrow(IN_USE);
  again();
});

/** A process that has ended and been waited for: nobody has its number. */
async function goneProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

it('is taken over from a process that is gone, and from whatever is no lock', async () => {
  const own = `${String(process.pid)} `;
  const stale = [
    `${String(await goneProcess())} 5\n`,
    '',
    'x\n',
    '0 5\n',
    '-1 5\n',
    // Another process had this number before the machine was started again.
    ...(process.platform === 'linux' ? [`${own}5\n`] : []),
  ];
  for (const text of stale) {
    await writeFile(file, text);
    const giveBack = await lockState(folder);
    expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${own}\\d*\\n$`));
    giveBack();
  }
  // Nobody knows when this one began: it counts as the same.
  await writeFile(file, `${own}\n`);
  await expect(lockState(folder)).rejects.toThrow(IN_USE);
});

it('goes to exactly one of several that start at once over a stale one', async () => {
  await writeFile(file, `${String(await goneProcess())} 5\n`);
  const module = pathToFileURL(inRoot('local/state-lock.ts')).href;
  const program = `import(${JSON.stringify(module)})
    .then(({ lockState }) => lockState(${JSON.stringify(folder)}))
    .then(() => 'mine', (cause) => cause.message)
    .then((words) => { process.stdout.write(words + '\\n'); process.stdin.resume(); });`;
  const starters = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'ignore'] }),
  );
  const said = await Promise.all(
    starters.map(
      ({ stdout }) =>
        new Promise<string>((resolve) =>
          stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim())),
        ),
    ),
  );
  for (const { stdin } of starters) stdin.end();
  expect(said.filter((words) => words === 'mine')).toHaveLength(1);
  expect(said.filter((words) => words.includes('in use by another gateway'))).toHaveLength(3);
});
