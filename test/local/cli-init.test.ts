// `init` in apps of several frameworks: what it finds, that what it writes is a policy, and that it
// writes over nothing. What breaks if this fails: a new user's first quarter of an hour, or a file.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diffOf, zoneLines } from '../../cli/init/changes.ts';
import { survey } from '../../cli/init/survey.ts';
import { inRoot } from '../../local/paths.ts';
import { runCli } from '../support/cli.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighbridge-init-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const manifest = (dependencies: Readonly<Record<string, string>>, type = 'module'): string =>
  JSON.stringify({ name: 'app', type, dependencies });

const CALL = "import OpenAI from 'openai';\n";

describe('a look at an app', () => {
  it.each<[string, Readonly<Record<string, string>>, string | null, string[]]>([
    ['nothing', {}, null, []],
    [
      'Next, app router',
      {
        'package.json': manifest({ next: '16' }),
        'src/app/(shop)/api/chat/route.ts': "import { streamText } from 'ai';",
      },
      'Next.js',
      ['/api/chat'],
    ],
    [
      'Next, pages',
      {
        'package.json': manifest({ next: '16' }),
        'pages/api/ask/index.ts': CALL,
        'pages/index.tsx': CALL,
      },
      'Next.js',
      ['/api/ask'],
    ],
    [
      'Express',
      {
        'package.json': manifest({ express: '5' }),
        'server.js': `${CALL}app.post('/api/chat', f);\napp.get('/x', g);`,
      },
      'Express',
      ['/api/chat'],
    ],
    [
      'Hono',
      {
        'package.json': manifest({ hono: '4' }),
        'src/index.ts': "import A from '@anthropic-ai/sdk';\napp.post('/ask', f)",
      },
      'Hono',
      ['/ask'],
    ],
    [
      'a Worker that fetches',
      {
        'package.json': manifest({ wrangler: '4' }),
        'src/w.ts': "fetch(u + '/v1/chat/completions')",
      },
      'Workers',
      [],
    ],
    [
      'routes that ask nobody, and what is not the app',
      {
        'server.js': "app.post('/api/cart', f)",
        'node_modules/x/i.js': `${CALL}app.post('/no', f)`,
        'dist/i.js': CALL,
      },
      null,
      [],
    ],
  ])('finds %s', async (_, files, framework, paths) => {
    await put(files);
    const found = await survey(folder);
    expect([found.framework, found.routes.map(({ path }) => path)]).toEqual([framework, paths]);
  });

  it('tells of routes that are not one path, and takes none of them', async () => {
    await put({
      'app/api/[id]/route.ts': CALL,
      'server.ts': `${CALL}app.post('/chat/:id', f); app.post('/a b', f); app.post('/x\${y}', f); app.post('/_weighbridge/admin', f);`,
    });
    const found = await survey(folder);
    expect(found.routes).toEqual([]);
    expect(found.patterns).toEqual(
      expect.arrayContaining(['/api/[id]', '/chat/:id', '/_weighbridge/admin']),
    );
  });
});

describe('init', () => {
  const init = (...more: readonly string[]) => runCli(['init', '--into', folder, ...more]);
  const policyFile = (): string => join(folder, 'weighbridge.config.ts');

  it('writes a policy that observes, the names of its secrets, and says what comes next', async () => {
    await put({
      'package.json': manifest({ express: '5' }),
      'server.js': `${CALL}import Anthropic from '@anthropic-ai/sdk';\napp.post('/api/chat', f);`,
      '.dev.vars.example': 'OPENAI_API_KEY=mine',
    });
    const run = await init('--yes', '--text');
    expect([run.code, run.complaints]).toEqual([0, '']);
    expect(run.output).toContain('+  realm: ');
    const check = await runCli(['check', policyFile()]);
    expect([check.code, check.json()]).toMatchObject([
      0,
      {
        mode: 'observe',
        routes: [{ path: '/v1/messages' }, { path: '/v1/chat/completions' }, { path: '/api/chat' }],
      },
    ]);
    expect(await readFile(join(folder, '.dev.vars.example'), 'utf8')).toBe(
      'OPENAI_API_KEY=mine\nANTHROPIC_API_KEY=\nAPP_GRANT_SECRET=\nAPP_BASE_URL=http://127.0.0.1:3000\n',
    );
  });

  it('writes nothing where nobody said yes', async () => {
    const run = await init();
    expect(run.code).toBe(2);
    expect(run.complaints).toContain('+export default definePolicy({');
    expect(existsSync(policyFile())).toBe(false);
  });

  it('writes over nothing, and adds nothing twice', async () => {
    await put({ 'weighbridge.config.ts': 'mine' });
    expect((await init('--yes')).code).toBe(0);
    const again = await init('--yes');
    expect([again.code, again.json()]).toMatchObject([0, { wrote: [] }]);
    expect(await readFile(policyFile(), 'utf8')).toBe('mine');
  });

  it('writes a module in a CommonJS package too', async () => {
    await put({ 'package.json': manifest({}, 'commonjs') });
    expect((await init('--yes')).json()).toMatchObject({
      wrote: [expect.stringMatching(/\.mts$/), expect.anything()],
    });
    expect((await runCli(['check', join(folder, 'weighbridge.config.mts')])).code).toBe(0);
  });

  it('puts nothing of a file’s name or text into the policy as code', async () => {
    await put({
      'a\nprocess.exit(7);\n.js': `${CALL}app.post('/ok', f); app.post("/x', process.exit(7), '", f);`,
    });
    expect((await init('--yes')).code).toBe(0);
    expect((await runCli(['check', policyFile()])).code).toBe(0);
    expect(await readFile(policyFile(), 'utf8')).not.toMatch(/^process/m);
  });

  it.each([['a/b'], ['shop'], ['shop.com"\n'], ['*.shop.com']])(
    'takes no host %j',
    async (host) => {
      expect((await init('--host', host, '--yes')).code).toBe(2);
    },
  );
});

describe('wrangler.toml', () => {
  it('gets a route and the policy, and keeps those it has', async () => {
    const file = join(folder, 'wrangler.toml');
    const shipped = await readFile(inRoot('wrangler.toml'), 'utf8');
    await writeFile(file, shipped);
    const change = await zoneLines(file, 'shop.com', '../app/weighbridge.config.ts');
    expect(
      diffOf(change ?? { file, before: '', after: '' }, 'wrangler.toml')
        .split('\n')
        .slice(2, -1),
    ).toEqual([
      '+routes = [{ pattern = "shop.com/*", zone_name = "shop.com" }]',
      '-"weighbridge-policy" = "./weighbridge.config.ts"',
      '+"weighbridge-policy" = "../app/weighbridge.config.ts"',
    ]);
    await writeFile(file, change?.after ?? '');
    expect(await zoneLines(file, 'other.com', '../other.ts')).toBeNull();
  });
});
