// The house rules, as tests: which way imports may point, how long a file may be, what only a few
// files may do, and that nothing a reader is promised is missing.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SENTENCES } from '../core/sentences.ts';
import { inRoot } from '../local/paths.ts';

const LINES_MAX = 250;
const LINE_CHARS_MAX = 100;

/** Everything git tracks or would track. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: inRoot(),
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(inRoot(file)));

const sources = files.filter((file) => file.endsWith('.ts'));
const read = (file: string): string => readFileSync(inRoot(file), 'utf8');

const IMPORT = /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/g;

type Import = {
  readonly specifier: string;
  readonly file: string | null;
  readonly typeOnly: boolean;
};

function importsOf(file: string): Import[] {
  return [...read(file).matchAll(IMPORT)].map((match) => {
    const specifier = match[3] ?? '';
    const path = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : null;
    return { specifier, file: path, typeOnly: match[2] !== undefined };
  });
}

/** Top folder → top folders it may import from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  client: ['client', 'core'],
  'durable-objects': ['durable-objects', 'core'],
  worker: ['worker', 'core', 'dist', 'demo'],
  emulator: ['emulator'],
  solver: ['solver'],
  local: ['local', 'core', 'emulator', 'weighbridge.config.ts', 'torture'],
  cli: ['cli', 'local', 'core'],
  bench: ['bench', 'local', 'core', 'client', 'worker', 'simulation', 'weighbridge.config.ts'],
  'weighbridge.config.ts': ['core'],
};

const top = (file: string): string => file.split('/', 1)[0] ?? '';

const OUTSIDE_OF_CORE = ['zod', 'ipaddr.js'];

describe('imports', () => {
  it('point one way', () => {
    const wrong = sources.flatMap((file) => {
      const allowed = MAY_IMPORT[top(file)];
      if (allowed === undefined) return [];
      return importsOf(file)
        .filter((one) => one.file !== null && !allowed.includes(top(one.file)))
        .filter((one) => {
          // The Worker knows the objects by type; its entry exports their classes.
          const toObjects = one.file !== null && top(one.file) === 'durable-objects';
          return !(
            top(file) === 'worker' &&
            toObjects &&
            (one.typeOnly || file === 'worker/index.ts')
          );
        })
        .map((one) => `${file} → ${one.specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  it('let core use nothing from outside but what is named', () => {
    const wrong = sources
      .filter((file) => top(file) === 'core')
      .flatMap((file) =>
        importsOf(file)
          .filter((one) => one.file === null && !OUTSIDE_OF_CORE.includes(one.specifier))
          .map((one) => `${file} → ${one.specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it('reach every file: nothing is dead', () => {
    const entries = new Set([
      'worker/index.ts',
      'worker/lean-zod.ts',
      'client/index.ts',
      'client/script.ts',
      'client/solver-module.ts',
      'client/solver-worker.ts',
      'emulator/main.ts',
      'cli/main.ts',
      'cli/deploy.ts',
      'worker/routes/demo.ts',
      'worker/routes/no-demo.ts',
      'weighbridge.config.ts',
    ]);
    const imported = new Set(sources.flatMap((file) => importsOf(file).map((one) => one.file)));
    const dead = sources.filter((file) => {
      if (entries.has(file) || imported.has(file) || file.endsWith('.d.ts')) return false;
      const isEntry = /^(test|bench|torture|local|solver|examples)\//.test(file);
      return !isEntry && !file.endsWith('.config.ts');
    });
    expect(dead).toEqual([]);
  });
});

describe('files', () => {
  it(`have at most ${String(LINES_MAX)} lines`, () => {
    const long = sources
      .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > LINES_MAX);
    expect(long).toEqual([]);
  });

  it(`have lines of at most ${String(LINE_CHARS_MAX)} characters, long strings apart`, () => {
    const long = sources.flatMap((file) =>
      read(file)
        .split('\n')
        .map((line, index) => ({ line, at: `${file}:${String(index + 1)}` }))
        .filter(({ line }) => [...line].length > LINE_CHARS_MAX)
        .filter(({ line }) => !/(['"`]).{40,}\1|https?:/.test(line))
        .map(({ at }) => at),
    );
    expect(long).toEqual([]);
  });

  it('open with what they are', () => {
    const silent = sources.filter((file) => !/^(\/\/ \S|\/\*\*)/.test(read(file)));
    expect(silent).toEqual([]);
  });

  it('are not called after everything', () => {
    const vague = sources.filter((file) => /\/(utils|helpers|types|common|misc)\.ts$/.test(file));
    expect(vague).toEqual([]);
  });
});

describe('only the files that may', () => {
  const homesOf = (pattern: RegExp, folders: readonly string[], homes: readonly RegExp[]) =>
    sources
      .filter((file) => folders.includes(top(file)))
      .filter((file) => pattern.test(read(file).replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')))
      .filter((file) => !homes.some((home) => home.test(file)));

  it('log', () => {
    const folders = ['core', 'worker', 'durable-objects', 'client'];
    const homes = [/^worker\/observe\//, /^durable-objects\/ledger-log\.ts$/];
    expect(homesOf(/\bconsole\./, folders, homes)).toEqual([]);
  });

  it('print in the command line: what others wrote passes through `plain` first', () => {
    const homes = [/^cli\/(program|ground|deploy)\.ts$/, /^cli\/verbs\/init\.ts$/];
    expect(homesOf(/console\.|process\.std(?:out|err)\.write/, ['cli'], homes)).toEqual([]);
  });

  it('call a provider', () => {
    const folders = ['core', 'worker', 'durable-objects'];
    expect(
      homesOf(/[^.\w]fetch\(/, folders, [
        /^worker\/relay\/(forward|pass-through|to-origin)\.ts$/,
        /^worker\/index\.ts$/,
        /^worker\/adapters\/(siteverify|ask-json)\.ts$/,
      ]),
    ).toEqual([]);
  });

  it('send the operator token, or ask an origin', () => {
    const homes = [/^cli\/gateway\.ts$/, /^cli\/doctor\/gather\.ts$/];
    expect(homesOf(/[^.\w]fetch\(/, ['cli'], homes)).toEqual([]);
  });

  it('ask the clock or chance in the part that decides', () => {
    const pattern = /Date\.now\(|Math\.random\(|new Date\(\)/;
    const deciding = sources.filter((file) => /^(core|worker\/gates)\//.test(file));
    expect(deciding.filter((file) => pattern.test(read(file)))).toEqual([]);
  });
});

describe('what a reader is promised', () => {
  it('a page for every denial', () => {
    const missing = Object.keys(SENTENCES).filter(
      (kind) => !existsSync(inRoot('docs', 'problems', `${kind}.md`)),
    );
    expect(missing).toEqual([]);
  });

  it('a test that names every gate', () => {
    const tests = sources.filter((file) => file.startsWith('test/gates/')).map(read);
    const gates = sources.filter((file) => /^worker\/gates\/(?!index|gate\.)/.test(file));
    const names = gates.map((file) => /name: ('[a-z-]+')/.exec(read(file))?.[1] ?? file);
    expect(names.filter((name) => !tests.some((test) => test.includes(name)))).toEqual([]);
  });

  it('links that lead somewhere', () => {
    const broken = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
          .map((match) => (match[1] ?? '').replace(/#.*$/, ''))
          .filter((link) => link !== '' && !/^[a-z]+:/.test(link))
          .filter((link) => !existsSync(inRoot(join(dirname(file), link))))
          .map((link) => `${file} → ${link}`),
      );
    expect(broken).toEqual([]);
  });

  it('no word about the machine it was written on', () => {
    const told = files
      .filter(
        (file) => /\.(ts|mjs|js|json|md|toml|css|html)$/.test(file) && file !== 'test/tidy.test.ts',
      )
      .filter((file) => /\/(?:work|root|home)\//.test(read(file)));
    expect(told).toEqual([]);
  });
});
