// The steps of `npm run keys`. If this fails, an operator who follows them locks honest callers
// out, loses the other secrets of the file, or leaves an old key good for ever.

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKeySet } from '../../core/proof/key-set.ts';
import { findings } from '../../cli/deploy.ts';
import {
  ACCEPTED_AFTER_SECONDS,
  completed,
  rotated,
  ROLLOUT_SECONDS,
  type Secrets,
  SPREAD_SECONDS,
  stepOf,
} from '../../local/key-rotation.ts';
import { keysCommand } from '../../local/keys.ts';

const NOW = 1_800_000_000;
const random = (): string => randomBytes(32).toString('base64url');
const kidsOf = (secrets: Secrets): (number | undefined)[] => {
  const read = readKeySet(secrets);
  if (!read.ok) throw new Error(read.error.join());
  const { previous, active, next } = read.value;
  return [previous?.kid, active.kid, next?.kid];
};

function step(secrets: Secrets, atSeconds: number) {
  const rotation = rotated(secrets, atSeconds, random);
  if (!rotation.ok) throw new Error(rotation.error.join());
  return rotation.value;
}

describe('a rotation', () => {
  const first = completed({}, random).secrets;

  it('begins with keys of its own, and fills in what is missing only', () => {
    expect(kidsOf(first)).toEqual([undefined, 1, 2]);
    expect(completed(first, random).changed).toEqual([]);
    const own = { WEIGHBRIDGE_PROOF_KEY_ACTIVE: `7:${random()}`, OPENAI_API_KEY: 'sk' };
    const { secrets, changed } = completed(own, random);
    expect(secrets).toMatchObject(own);
    expect(changed).toEqual(['WEIGHBRIDGE_API_KEY_SECRET', 'WEIGHBRIDGE_ADMIN_TOKEN']);
  });

  it('moves every key one place, and gives the old one an end after the rollout', () => {
    const { secrets } = step(first, NOW);
    expect(kidsOf(secrets)).toEqual([1, 2, 3]);
    const read = readKeySet(secrets);
    if (!read.ok) throw new Error(read.error.join());
    expect(read.value.previous?.retiredAtSeconds).toBe(NOW + ROLLOUT_SECONDS);
    const before = readKeySet(first);
    if (!before.ok) throw new Error(before.error.join());
    expect(read.value.previous?.secret).toEqual(before.value.active.secret);
    expect(read.value.active).toEqual(before.value.next);
  });

  it('may be set one secret after another: no moment lacks a key or is refused at boot', () => {
    const { secrets, changed } = step(first, NOW);
    /** Does every state on the way boot, and accept the old key and the new one? */
    const isSafe = (order: readonly string[]): boolean => {
      const between: Record<string, string> = { ...first };
      return order.every((name) => {
        between[name] = secrets[name] ?? '';
        const read = readKeySet(between);
        return read.ok && [1, 2].every((kid) => kidsOf(between).includes(kid));
      });
    };
    expect(isSafe(changed)).toBe(true);
    expect(new Set(changed).size).toBe(3);
    // In the order of the names, or from the back, some moment accepts one of them no more.
    expect(isSafe(changed.toSorted())).toBe(false);
    expect(isSafe(changed.toReversed())).toBe(false);
  });

  it('waits until the last one is over', () => {
    const { secrets } = step(first, NOW);
    const overAt = NOW + ROLLOUT_SECONDS + ACCEPTED_AFTER_SECONDS;
    for (const at of [NOW, NOW + ROLLOUT_SECONDS, overAt]) {
      expect(rotated(secrets, at, random).ok).toBe(false);
      expect(stepOf(secrets, at)).toMatchObject({ value: { name: 'turning' } });
    }
    expect(stepOf(secrets, overAt + 1)).toMatchObject({ value: { name: 'ready' } });
    expect(kidsOf(step(secrets, overAt + 1).secrets)).toEqual([2, 3, 4]);
  });

  it('takes two steps where there is no next key', () => {
    const alone = { WEIGHBRIDGE_PROOF_KEY_ACTIVE: `255:${random()}` };
    expect(stepOf(alone, NOW)).toMatchObject({ value: { name: 'alone' } });
    const once = step(alone, NOW);
    expect([kidsOf(once.secrets), once.changed]).toEqual([
      [undefined, 255, 0],
      ['WEIGHBRIDGE_PROOF_KEY_NEXT'],
    ]);
    const later = NOW + SPREAD_SECONDS;
    expect(kidsOf(step(once.secrets, later).secrets)).toEqual([255, 0, 1]);
  });

  it('lets no key seal before it is accepted everywhere, ten minutes after it was made', () => {
    const once = step({ WEIGHBRIDGE_PROOF_KEY_ACTIVE: `7:${random()}` }, NOW).secrets;
    for (const at of [NOW, NOW + 60, NOW + SPREAD_SECONDS - 1]) {
      expect(stepOf(once, at)).toMatchObject({ value: { name: 'spreading' } });
      expect(rotated(once, at, random)).toMatchObject({ ok: false });
      // One gateway hears of both steps at once.
      expect(rotated(once, at, random, true)).toMatchObject({ ok: true });
    }
    expect(stepOf(once, NOW + 61)).toMatchObject({
      value: { sentence: expect.stringContaining('wait 9 more minutes') as string },
    });
    expect(rotated(once, NOW + SPREAD_SECONDS, random)).toMatchObject({ ok: true });
    // What is noted of another key, or by another hand, keeps nobody waiting.
    for (const note of ['', 'x', `9:${String(NOW)}`]) {
      const noted = { ...once, WEIGHBRIDGE_PROOF_KEY_NEXT_MADE: note };
      expect(stepOf(noted, NOW)).toMatchObject({ value: { name: 'ready' } });
    }
  });

  it('hurries nobody past the end of the last rotation', () => {
    const { secrets } = step(first, NOW);
    expect(rotated(secrets, NOW + 1, random, true).ok).toBe(false);
  });

  it('goes round all kids and never puts one in two places', () => {
    let secrets: Secrets = first;
    for (let at = NOW, turn = 0; turn < 300; turn += 1, at += 86_400) {
      secrets = step(secrets, at).secrets;
      expect(new Set(kidsOf(secrets)).size).toBe(3);
    }
  });

  it('does nothing to keys that are wrong', () => {
    const wrong = { WEIGHBRIDGE_PROOF_KEY_ACTIVE: 'x' };
    expect(rotated(wrong, NOW, random)).toMatchObject({ ok: false });
    expect(rotated({}, NOW, random)).toMatchObject({ ok: false });
  });
});

describe('the command', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weighbridge-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...given: string[]): Promise<string> => keysCommand(given, NOW, folder);

  it('rotates .dev.vars in place: other lines stay, nobody else may read it', async () => {
    const file = join(folder, '.dev.vars');
    const active = `4:${random()}`;
    const before = `# mine\nOPENAI_API_KEY="sk-1"\nWEIGHBRIDGE_PROOF_KEY_ACTIVE = "${active}"\n`;
    await writeFile(file, before, { mode: 0o644 });
    await run('rotate', '--file', file);
    const once = await readFile(file, 'utf8');
    await expect(run('rotate', '--file', file)).rejects.toThrow('wait 10 more minutes, until 2027');
    expect(await readFile(file, 'utf8')).toBe(once);
    expect(await run('--file', file)).toContain('wait 10 more minutes');
    const said = await run('rotate', '--now', '--file', file);
    expect(said).not.toContain('NEXT_MADE');
    const text = await readFile(file, 'utf8');
    expect(text).toContain('# mine\nOPENAI_API_KEY="sk-1"\nWEIGHBRIDGE_PROOF_KEY_ACTIVE=5:');
    expect(text).toContain(
      `\nWEIGHBRIDGE_PROOF_KEY_PREVIOUS=${active}:${String(NOW + ROLLOUT_SECONDS)}\n`,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(said).toContain('npx wrangler secret put WEIGHBRIDGE_PROOF_KEY_PREVIOUS');
    for (const [, secret = '?'] of text.matchAll(/\d:([\w-]{43})/g)) {
      expect(said).not.toContain(secret);
    }
    await expect(run('rotate', '--file', file)).rejects.toThrow('do not rotate before');
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('makes and rotates JSON, the form in which local secrets are kept', async () => {
    const file = join(folder, 'secrets.json');
    expect(await run('--file', file)).toContain('no proof keys yet');
    await run('new', '--file', file);
    const made = JSON.parse(await readFile(file, 'utf8')) as Secrets;
    expect(kidsOf(made)).toEqual([undefined, 1, 2]);
    await run('rotate', '--file', file);
    const after = JSON.parse(await readFile(file, 'utf8')) as Secrets;
    expect(kidsOf(after)).toEqual([1, 2, 3]);
    expect(after['WEIGHBRIDGE_ADMIN_TOKEN']).toBe(made['WEIGHBRIDGE_ADMIN_TOKEN']);
    expect(await run('--file', file)).toContain('Key 2 seals. Key 1, the one before, is accepted');
  });

  it('speaks of the file that its help promises: .dev.vars only if that has proof keys', async () => {
    const own = join('.weighbridge', 'state', 'secrets.json');
    expect(await run()).toContain(own);
    await writeFile(join(folder, '.dev.vars'), 'OPENAI_API_KEY=sk\n');
    expect(await run('new')).toContain(own);
    expect(kidsOf(JSON.parse(await readFile(join(folder, own), 'utf8')) as Secrets)).toEqual([
      undefined,
      1,
      2,
    ]);
    await writeFile(join(folder, '.dev.vars'), `WEIGHBRIDGE_PROOF_KEY_ACTIVE=9:${random()}\n`);
    expect(await run()).toMatch(/\.dev\.vars: Key 9 seals/);
  });

  it('leaves nothing that a deployment refuses; a key without an end it does', async () => {
    const file = join(folder, 'secrets.json');
    const ofKeys = async (): Promise<string[]> =>
      (await findings(['--secrets-file', file]))
        .filter(({ rule }) => rule === 'proof-keys')
        .map(({ sentence }) => sentence);
    await run('new', '--file', file);
    expect(await ofKeys()).toEqual([]);
    await run('rotate', '--file', file);
    expect(await ofKeys()).toEqual([]);
    const secrets = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    const previous = secrets['WEIGHBRIDGE_PROOF_KEY_PREVIOUS'] ?? '';
    const endless = previous.slice(0, previous.lastIndexOf(':'));
    for (const [name, value] of [
      ['WEIGHBRIDGE_PROOF_KEY_PREVIOUS', endless],
      ['WEIGHBRIDGE_PROOF_KEY_NEXT', endless],
      ['WEIGHBRIDGE_PROOF_KEY_ACTIVE', ''],
    ] as const) {
      await writeFile(file, JSON.stringify({ ...secrets, [name]: value }));
      const [sentence = ''] = await ofKeys();
      expect(sentence).toContain(`WEIGHBRIDGE_PROOF_KEY_`);
      expect(sentence).not.toContain(endless.slice(2));
    }
    // Without proof keys in the file those that are set stay.
    await writeFile(file, '{"OPENAI_API_KEY":"sk"}');
    expect(await ofKeys()).toEqual([]);
  });

  it('helps, and refuses what it does not know', async () => {
    expect(await run('--help')).toMatch(/^Usage: npm run keys/);
    await expect(run('revoke')).rejects.toThrow('Usage');
    await expect(run('rotate', 'now')).rejects.toThrow('Usage');
  });
});
