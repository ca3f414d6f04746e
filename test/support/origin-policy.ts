// The policy of the example origin with little work, and routes to another server of the app: one
// whose calls to a provider are its own, one for its steps, and one for bytes.

import { definePolicy } from '../../core/policy/policy.ts';
import example from '../../examples/origin-agent/policy.ts';
import base from './policy.ts';

const agent = example.routes.find(({ id }) => id === 'agent');
const [app] = example.origins ?? [];
if (agent?.run === undefined || app === undefined) throw new Error('the example has no agent');

export const RUN_NANO_USD = 20_000_000;
export const REPORT_SECONDS = 1;
export const PLAIN_BYTES_MAX = 4_096;

const run = { ...agent.run, inputBytesMax: 16_384, reportSecondsMax: REPORT_SECONDS };
const { run: _run, ...bare } = agent;
const bytes = { ...bare, dialect: 'plain', origin: 'own', models: [] as string[] } as const;
const { origin: _origin, ...withoutOrigin } = bytes;
const plain = {
  usdPerRequest: '0.001',
  usdPerMegabyteIn: '1',
  usdPerMegabyteOut: '2',
  answerBytesMax: PLAIN_BYTES_MAX,
};

export default definePolicy({
  ...base,
  origins: [
    app,
    {
      id: 'own',
      baseUrl: 'https://own.app.example',
      baseUrlVariable: 'OWN_BASE_URL',
      grantSecret: 'OWN_GRANT_SECRET',
    },
  ],
  providers: [
    ...base.providers,
    {
      id: 'spare',
      baseUrl: 'https://api.openai.com',
      apiKeySecret: 'OPENAI_API_KEY',
      baseUrlVariable: 'OPENAI_BASE_URL',
    },
  ],
  limits: {
    ...base.limits,
    key: [...base.limits.key, { window: 'day', agentSteps: 1_000 }],
  },
  routes: [
    ...base.routes,
    { ...agent, run },
    { ...agent, id: 'own', path: '/api/own', origin: 'own', run },
    {
      ...agent,
      id: 'sdks',
      path: '/api/sdks',
      origin: 'own',
      models: ['gpt-4o-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'],
      run: { ...run, providers: ['openai', 'anthropic', 'google'] },
    },
    { ...agent, id: 'talk', path: '/api/talk', origin: 'own', run, conversation: {} },
    {
      ...agent,
      id: 'patient',
      path: '/api/patient',
      origin: 'own',
      run: { ...run, reportSecondsMax: 20 },
    },
    { ...agent, id: 'brief', path: '/api/brief', origin: 'own', run: { ...run, seconds: 1 } },
    { ...bytes, id: 'bytes', path: '/api/bytes', plain },
    { ...bytes, id: 'bytes-run', path: '/api/bytes-run', models: agent.models, run },
    {
      ...withoutOrigin,
      id: 'raw',
      path: '/raw',
      provider: 'openai',
      upstreamPath: '/v1/chat/completions',
      plain,
    },
  ],
});
