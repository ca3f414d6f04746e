// Looks at somebody's app: which framework it is and where it asks a model. Reads names of packages
// and looks for a few words; runs nothing, follows no link, and stops at a number of files.

import { lstat, readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

const FILES_MAX = 5_000;
const FILE_BYTES_MAX = 512 * 1_024;
const DEPTH_MAX = 10;
const SOURCES = new Set(['.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '.mts', '.cts']);
const LEFT_OUT = new Set(['node_modules', 'dist', 'build', 'out', 'coverage', 'vendor', 'public']);

/** Package → what it is called, the first that is there. */
const FRAMEWORKS: readonly (readonly [string, string])[] = [
  ['next', 'Next.js'],
  ['nuxt', 'Nuxt'],
  ['@sveltejs/kit', 'SvelteKit'],
  ['express', 'Express'],
  ['hono', 'Hono'],
  ['fastify', 'Fastify'],
  ['wrangler', 'Workers'],
];

/** Words of a file that asks a model, and whose. */
const SIGNS: readonly (readonly [RegExp, 'openai' | 'anthropic' | 'google'])[] = [
  [/['"](?:openai|@ai-sdk\/openai|@langchain\/openai)['"]/, 'openai'],
  [/['"](?:@anthropic-ai\/sdk|@ai-sdk\/anthropic|@langchain\/anthropic)['"]/, 'anthropic'],
  [/['"](?:@google\/genai|@ai-sdk\/google)['"]/, 'google'],
  [/\/v1\/chat\/completions|['"]ai['"]/, 'openai'],
  [/api\.anthropic\.com/, 'anthropic'],
];

export type ProviderName = 'openai' | 'anthropic' | 'google';

export type AiRoute = {
  readonly path: string;
  /** Where it was found. */
  readonly file: string;
  /** It speaks the AI SDK's own protocol with its page. */
  readonly isUi: boolean;
};

export type Survey = {
  readonly framework: string | null;
  readonly moduleType: 'module' | 'commonjs' | null;
  readonly providers: readonly ProviderName[];
  readonly routes: readonly AiRoute[];
  /** Routes whose path is not one path. */
  readonly patterns: readonly string[];
  /** Files that ask a model and are no route by their name. */
  readonly callers: readonly string[];
  readonly filesAreCut: boolean;
};

async function sourcesIn(folder: string): Promise<{ files: string[]; isCut: boolean }> {
  const files: string[] = [];
  const open: (readonly [string, number])[] = [[folder, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [at, depth] = next;
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      if (entry.name.startsWith('.') || LEFT_OUT.has(entry.name)) continue;
      const path = join(at, entry.name);
      if (entry.isDirectory() && depth < DEPTH_MAX) open.push([path, depth + 1]);
      if (!entry.isFile() || !SOURCES.has(extname(entry.name))) continue;
      if (files.length === FILES_MAX) return { files, isCut: true };
      files.push(path);
    }
  }
  return { files: files.sort(), isCut: false };
}

/** The path that Next serves a file at, or null if it is no handler. */
function nextPath(file: string): string | null {
  const app = /^(?:src\/)?app\/(.*\/)?route\.[cm]?[jt]sx?$/.exec(file);
  const page = /^(?:src\/)?pages\/(api\/.+)\.[cm]?[jt]sx?$/.exec(file);
  const parts = (app?.[1] ?? page?.[1] ?? '').split('/');
  if (app === null && page === null) return null;
  const named = parts.filter((part) => part !== '' && part !== 'index' && !/^\(.*\)$/.test(part));
  return `/${named.join('/')}`;
}

/** Paths that a server's file puts handlers on. */
const serverPaths = (text: string): readonly string[] =>
  [...text.matchAll(/\.(?:post|all)\(\s*['"`](\/[^'"`\s]{0,256})['"`]/g)].map(
    ([, path = '']) => path,
  );

const isPlain = (path: string): boolean =>
  /^\/[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/.test(path) && !path.startsWith('/_weighbridge');

/** Our own policy names providers and is no app. */
const isOurs = (file: string): boolean => /^weighbridge\.config\.[cm]?ts$/.test(file);

async function packageOf(folder: string): Promise<Pick<Survey, 'framework' | 'moduleType'>> {
  type Manifest = Readonly<Record<string, Readonly<Record<string, string>> | string | undefined>>;
  let manifest: Manifest = {};
  try {
    manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    // Whoever has no package.json, or a broken one, has no framework that is known here.
  }
  const names = ['dependencies', 'devDependencies'].flatMap((key) => {
    const group = manifest[key];
    return typeof group === 'object' ? Object.keys(group) : [];
  });
  const { type } = manifest;
  return {
    framework: FRAMEWORKS.find(([name]) => names.includes(name))?.[1] ?? null,
    moduleType: type === 'module' || type === 'commonjs' ? type : null,
  };
}

export async function survey(folder: string): Promise<Survey> {
  const { files, isCut } = await sourcesIn(folder);
  const providers = new Set<ProviderName>();
  const routes = new Map<string, AiRoute>();
  const patterns = new Set<string>();
  const callers: string[] = [];
  for (const path of files) {
    const file = relative(folder, path).split(sep).join('/');
    if (isOurs(file) || (await lstat(path)).size > FILE_BYTES_MAX) continue;
    const text = await readFile(path, 'utf8');
    const signs = SIGNS.filter(([sign]) => sign.test(text));
    if (signs.length === 0) continue;
    for (const [, provider] of signs) providers.add(provider);
    const own = nextPath(file);
    const found = own === null ? serverPaths(text) : [own];
    if (found.length === 0) callers.push(file);
    const isUi = /UIMessageStream|toDataStreamResponse|convertToModelMessages/.test(text);
    for (const one of found) {
      if (!isPlain(one)) patterns.add(one);
      else if (!routes.has(one)) routes.set(one, { path: one, file, isUi });
    }
  }
  return {
    ...(await packageOf(folder)),
    providers: [...providers].sort(),
    routes: [...routes.values()],
    patterns: [...patterns],
    callers,
    filesAreCut: isCut,
  };
}
