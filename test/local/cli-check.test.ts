// `check` as a script and as a person meets it: all errors at once, each with its line, and
// warnings for what is valid and perhaps not meant. What breaks if this fails: one error a try.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyWarnings } from '../../cli/policy-warnings.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import { inRoot } from '../../local/paths.ts';
import { policyWith } from '../policy/base.ts';
import { runCli } from '../support/cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighbridge-check-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function check(text: string, ...more: readonly string[]) {
  await writeFile(join(folder, 'policy.ts'), text);
  return runCli(['check', 'policy.ts', ...more], { env: { INIT_CWD: folder } });
}

const asFile = (policy: unknown): string => `export default ${JSON.stringify(policy, null, 2)};\n`;

describe('check', () => {
  it('tells all errors at once, each as file, line, path and sentence, and ends with 1', async () => {
    const policy = policyWith({
      'routes.0.models': ['gpt-99', 'gpt-98'],
      'routes.0.provider': 'x',
    });
    const text = asFile(policy);
    const run = await check(text, '--text');
    expect(run.code).toBe(1);
    const line = (words: string): number => text.slice(0, text.indexOf(words)).split('\n').length;
    const lines = run.output.trim().split('\n');
    expect(lines).toContainEqual(
      expect.stringMatching(
        `^policy\\.ts:${String(line('"provider": "x"'))}: routes\\[0\\]\\.provider: `,
      ),
    );
    for (const model of ['gpt-99', 'gpt-98']) {
      expect(lines).toContainEqual(
        expect.stringContaining(`:${String(line(model))}: routes[0].models[`),
      );
    }
    const { errors } = (await check(text)).json();
    expect(errors).toHaveLength(lines.length);
  });

  it('names the line of a key that nobody knows', async () => {
    const text = asFile({ ...(policyWith() as object), budgts: {} });
    const { errors } = (await check(text)).json();
    const line = text.slice(0, text.indexOf('"budgts"')).split('\n').length;
    expect(errors).toMatchObject([{ line, sentence: expect.stringContaining('budgts') as string }]);
  });

  it.each([
    ['a file that does not parse', 'export default {\n  a: 1\n  b: 2,\n};\n', ':3:3: '],
    ['an error of its own', 'const a = null;\nexport default a.b;\n', ':2:18: '],
  ])('says where %s breaks', async (_, text, place) => {
    const run = await check(text, '--text');
    expect([run.code, run.output]).toEqual([1, expect.stringContaining(`policy.ts${place}`)]);
  });

  it('says so where a file exports no policy', async () => {
    const run = await check('export const policy = {};\n', '--text');
    expect([run.code, run.output]).toEqual([1, expect.stringContaining('export default')]);
  });

  it('shows no control character of a policy', async () => {
    const run = await check(asFile(policyWith({ 'routes.0.models': ['\u001b[2Jx'] })), '--text');
    expect(run.code).toBe(1);
    expect(run.output).not.toContain('\u001b');
  });

  it('sums up the shipped policy, and ends with 0; 2 where there is no file', async () => {
    const run = await runCli(['check', inRoot('weighbridge.config.ts')]);
    expect([run.code, run.json()]).toMatchObject([
      0,
      { mode: 'enforce', realm: 'weighbridge.local' },
    ]);
    expect((await runCli(['check', 'nowhere.ts'])).code).toBe(2);
  });

  it('shows the schema that is published', async () => {
    expect((await runCli(['check', '--print-schema'])).output).toBe(
      (await runCli(['schema', '--print'])).output,
    );
  });
});

it('a reader who has had enough is no fault', async () => {
  const run = await runCli(['check', '--print-schema'], { isUnread: true });
  expect([run.code, run.complaints]).toEqual([0, '']);
});

describe('a warning', () => {
  const warnings = (changes: Readonly<Record<string, unknown>>): string => {
    const policy = loadPolicy(policyWith(changes));
    if (!policy.ok) throw new Error(JSON.stringify(policy.error));
    return policyWarnings(policy.value).join('\n');
  };

  it.each([
    ['a policy that observes', { mode: 'observe' }, /^mode: /m],
    ['one that enforces for some', { mode: { enforcePercent: 99 } }, /^mode: /m],
    [
      'a rule that is tried out',
      { rules: { 'over-budget': 'observe' } },
      /^rules only tried out: over-budget/m,
    ],
    ['a route that observes', { 'routes.0.mode': 'observe' }, /^route chat does not enforce/m],
    [
      'a dear model for everybody',
      { 'routes.0.models': ['gpt-4o'] },
      /^route chat offers dear .*gpt-4o/m,
    ],
    [
      'models without a price',
      { 'routes.0.unknownModels': 'dearest' },
      /^route chat takes models/m,
    ],
    [
      'pages in the clear',
      { corsOrigins: ['http://shop.com'] },
      /http:\/\/shop\.com is not encrypted/,
    ],
    ['pages of any machine', { corsOrigins: ['http://localhost:3000'] }, /anybody’s own machine/],
    ['nothing that bounds all', {}, /^limits\.global/m],
  ])('is given for %s', (_, changes, words) => {
    expect(warnings(changes)).toMatch(words);
  });

  it('is not given for what is meant', () => {
    const global = [{ window: 'day', usd: '5' }];
    expect(warnings({ 'limits.global': global, mode: 'enforce' })).toBe('');
    expect(warnings({ 'limits.global': global, mode: { enforcePercent: 100 } })).toBe('');
  });
});
