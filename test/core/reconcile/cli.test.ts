// `npm run reconcile` as an operator runs it: what it prints, and the status a script goes by. What
// breaks if this fails: a nightly job that calls a difference equal, or a token in the open.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { inRoot } from '../../../local/paths.ts';

const sample = (name: string): string => fileURLToPath(new URL(`samples/${name}`, import.meta.url));

type Ended = { readonly status: number | null; readonly out: string; readonly error: string };

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', inRoot('local/reconcile.ts'), ...args],
    { env: { PATH: process.env['PATH'] ?? '', ...env } },
  );
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, out, error }));
  });
}

const openai = (ours: string, ...exports: readonly string[]): string[] => [
  '--provider=openai',
  `--ours=${sample(ours)}`,
  ...exports.flatMap((name) => [`--export=${sample(name)}`]),
];

describe('reconcile ends', () => {
  it.each(['openai-usage.json', 'openai-usage.csv'])(
    'with 0 where %s says the same',
    async (name) => {
      const { status, out } = await run(openai('ours-equal.json', name));
      expect([status, out.trimEnd().split('\n').at(-1)]).toEqual([
        0,
        'Equal to the nano-dollar: $0.001371150 on both sides.',
      ]);
    },
  );

  it('with 1 where it does not, and shows the nano-dollar', async () => {
    const { status, out } = await run(openai('ours-different.json', 'openai-usage.json'));
    expect(status).toBe(1);
    expect(out).toContain('-$0.000000001');
    expect(out).toContain("--alias 'gpt-4o-mini-2024-07-18=gpt-4o-mini'");
  });

  it('with 1 and JSON a script can read', async () => {
    const { status, out } = await run([
      ...openai('ours-equal.json', 'openai-usage.csv', 'openai-costs.json'),
      '--json',
    ]);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      from: '2026-11-19',
      equal: false,
      overall: { differenceNanoUsd: '8800002' },
    });
  });

  it('with 0 for the days asked for alone', async () => {
    const days = ['--from', '2026-11-20', '--to', '2026-11-20'];
    const alias = ['--alias', 'gpt-4o-mini-2024-07-18=gpt-4o-mini'];
    const { status, out } = await run([
      ...openai('ours-different.json', 'openai-usage.json'),
      ...days,
      ...alias,
    ]);
    expect([status, out.includes('Outside these days: 1 of our statements and 2 rows')]).toEqual([
      0,
      true,
    ]);
  });

  it.each([
    ['nothing said', [], '--provider has to be openai or anthropic'],
    ['a flag nobody knows', ['--loud'], '--loud'],
    ['a day there never was', ['--from', '2026-02-30'], '2026-02-30 is not a day'],
    ['half an alias', ['--alias', 'x'], 'is not THEIRS=OURS'],
    [
      'another machine over plain HTTP',
      ['--gateway', 'http://gateway.example', '--token', 't'],
      'in the clear',
    ],
    ['an incomplete export', openai('ours-equal.json', 'openai-usage-page-1.json'), 'incomplete'],
    ['the other provider', openai('ours-equal.json', 'anthropic-usage.csv'), 'is of anthropic'],
    ['a file that is not there', openai('nowhere.json', 'openai-usage.csv'), 'nowhere.json'],
    ['statements that are none', openai('openai-usage.json', 'openai-usage.csv'), 'statements'],
  ])('with 2 and a sentence at %s', async (_, args, sentence) => {
    const { status, error } = await run(args);
    expect(status).toBe(2);
    expect(error).toContain(sentence);
    expect(error).not.toMatch(/\n {4}at /);
  });
});

describe('reconcile asks a gateway', () => {
  async function asked(answer: number, body: string) {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`);
      response.writeHead(answer, { location: '/elsewhere' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ended = await run(
      [
        '--provider=openai',
        `--export=${sample('openai-usage.json')}`,
        `--gateway=http://127.0.0.1:${String(port)}`,
      ],
      { WEIGHBRIDGE_ADMIN_TOKEN: 'weighty-token' },
    );
    server.close();
    return { ...ended, seen };
  }

  it('for the days of the export, with its token', async () => {
    const { status, seen } = await asked(200, readFileSync(sample('ours-equal.json'), 'utf8'));
    expect([status, seen]).toEqual([
      0,
      ['/_weighbridge/admin/statements?from=2026-11-19&to=2026-11-21 Bearer weighty-token'],
    ]);
  });

  it.each([
    [401, '', 'is the token right?'],
    [302, '', 'does not answer'],
    [200, '<html>', 'is not JSON we take'],
  ])('and ends with 2 at an answer %d %j', async (answer, body, sentence) => {
    const { status, error, seen } = await asked(answer, body);
    expect([status, seen.length]).toEqual([2, 1]);
    expect(error).toContain(sentence);
    expect(error).not.toContain('weighty-token');
  });
});
