// The first policy of an app, as text for its author to go on with. It observes and refuses
// nothing by its rules until somebody says `enforce`; what stands in it of the app are paths that
// were found and were checked to be plain.

import { plain } from '../output.ts';
import type { AiRoute, ProviderName, Survey } from './survey.ts';

type Shipped = {
  readonly baseUrl: string;
  readonly secret: string;
  readonly variable: string;
  readonly path: string;
  readonly dialect: string;
  readonly models: readonly string[];
};

export const PROVIDERS: Readonly<Record<ProviderName, Shipped>> = {
  openai: {
    baseUrl: 'https://api.openai.com',
    secret: 'OPENAI_API_KEY',
    variable: 'OPENAI_BASE_URL',
    path: '/v1/chat/completions',
    dialect: 'openai-chat',
    models: ['gpt-4o-mini', 'gpt-5-nano'],
  },
  anthropic: {
    baseUrl: 'https://api.anthropic.com',
    secret: 'ANTHROPIC_API_KEY',
    variable: 'ANTHROPIC_BASE_URL',
    path: '/v1/messages',
    dialect: 'anthropic-messages',
    models: ['claude-haiku-4-5'],
  },
  google: {
    baseUrl: 'https://generativelanguage.googleapis.com',
    secret: 'GEMINI_API_KEY',
    variable: 'GEMINI_BASE_URL',
    path: '/v1beta/models',
    dialect: 'gemini',
    models: ['gemini-2.5-flash-lite'],
  },
};

export const APP_SECRET = 'APP_GRANT_SECRET';
export const APP_VARIABLE = 'APP_BASE_URL';

const quoted = (text: string): string => `'${text}'`;

const providerText = (id: ProviderName): string => {
  const { baseUrl, secret, variable } = PROVIDERS[id];
  return `    {
      id: '${id}',
      kind: '${id}',
      baseUrl: '${baseUrl}',
      apiKeySecret: '${secret}',
      baseUrlVariable: '${variable}',
    },
`;
};

const providerRoute = (id: ProviderName): string => {
  const { path, dialect, models } = PROVIDERS[id];
  return `    {
      ...SIZES,
      id: '${id}',
      path: '${path}',
      dialect: '${dialect}',
      provider: '${id}',
      models: [${models.map(quoted).join(', ')}],
    },
`;
};

/** What an id may be made of, of a path. */
const idOf = (path: string): string =>
  `app${path.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.slice(0, 60).replace(/-+$/, '');

const appRoute = ({ path, file, isUi }: AiRoute, provider: ProviderName): string => `    {
      // Found in ${plain(file)}.
      ...SIZES,
      id: '${idOf(path)}',
      path: '${path}',
      dialect: '${isUi ? 'ai-sdk-ui' : 'plain'}',
      origin: 'app',
      models: [${PROVIDERS[provider].models.map(quoted).join(', ')}],
      // What all model calls of one request may come to.
      run: {
        usd: '0.05',
        usdMin: '0.005',
        stepsMax: 8,
        toolCallsMax: 16,
        outputTokensMax: 1_000,
        inputBytesMax: 131_072,
        seconds: 120,
        providers: ['${provider}'],
      },
    },
`;

const originText = (host: string): string => `
  // Your app, behind the gateway. It shares the secret, and refuses what is not signed with a key
  // made of it (docs/origin-lock.md).
  origins: [
    {
      id: 'app',
      baseUrl: 'https://${host}',
      baseUrlVariable: '${APP_VARIABLE}',
      grantSecret: '${APP_SECRET}',
    },
  ],
`;

const LIMITS = `  // What anybody may spend; the first that is used up refuses. What an identity
  // costs a thief is in docs/economics.md.
  limits: {
    key: [
      { window: 'day', usd: '5' },
      { window: 'now', concurrentCalls: 50 },
    ],
    device: [
      { window: 'day', usd: '0.40' },
      { window: 'now', concurrentCalls: 10 },
    ],
    ip: [
      { window: 'day', usd: '2' },
      { window: 'now', concurrentCalls: 100 },
    ],
    ipWithKey: [
      { window: 'day', usd: '20' },
      { window: 'now', concurrentCalls: 500 },
    ],
    global: [{ window: 'day', usd: '50' }],
  },
`;

export type Chosen = {
  readonly survey: Survey;
  /** Where `core/` of this checkout is, from the policy's folder. */
  readonly core: string;
  /** The host that it is for; a stand-in until it is known. */
  readonly host: string;
};

/** One of each path: whatever the gateway serves itself is not the app's as well. */
export const appRoutes = ({ routes }: Survey, providers: readonly ProviderName[]) => {
  const taken = providers.map((id) => PROVIDERS[id].path);
  const ids = new Set<string>();
  return routes.filter(({ path }) => {
    const id = idOf(path);
    if (taken.includes(path) || ids.has(id)) return false;
    ids.add(id);
    return true;
  });
};

export function policyText({ survey, core, host }: Chosen): string {
  const providers: readonly ProviderName[] =
    survey.providers.length === 0 ? ['openai'] : survey.providers;
  const own = appRoutes(survey, providers);
  const [first = 'openai'] = providers;
  return `// Which routes are protected, what they offer, and what anybody may spend. Amounts
// are dollars, written as strings. What is wrong with it: \`npm run weighbridge -- check FILE\`.

import { definePolicy } from '${core}/policy/policy.ts';

const SIZES = {
  method: 'POST',
  // Callers without an API key show a proof; the client SDK makes it.
  proof: 'anonymous',
  bodyBytesMax: 262_144,
  promptCharsMax: 32_000,
  outputTokensMax: 1_000,
  choicesMax: 1,
  toolsMax: 16,
  firstByteSecondsMax: 60,
  callSecondsMax: 120,
} as const;

export default definePolicy({
  // Your own host: a proof for another deployment is nothing here.
  realm: '${host}',

  // Rules only note what they would have refused. \`npm run weighbridge -- impact\` says how much
  // that is; then write 'enforce', or { enforcePercent: 10 }, here or in one route.
  mode: 'observe',

  providers: [
${providers.map(providerText).join('')}  ],
${own.length === 0 ? '' : originText(host)}
  routes: [
${providers.map(providerRoute).join('')}${own.map((route) => appRoute(route, first)).join('')}  ],

${LIMITS}
  // SHA-256 evaluations that a proof costs: for a nearly free call, and for the dearest.
  proof: { floorHashes: 2 ** 18, capHashes: 2 ** 24 },
  edgeShards: 4,
  leaseSeconds: 4,
  unprotected: 'pass',
  corsOrigins: [],
  docsUrl: 'https://github.com/weighbridge/weighbridge/blob/main/docs/problems',
});
`;
}
