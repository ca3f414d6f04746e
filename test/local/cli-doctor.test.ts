// What `doctor` finds in an origin, a running gateway, its keys and its policy, a fact a row. What
// breaks if this fails: an open origin or an old key is called healthy.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Facts, GatewayFacts } from '../../cli/doctor/finding.ts';
import { findingsOf } from '../../cli/doctor/index.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { PolicySource } from '../../core/policy/schema.ts';
import { readSecretFile } from '../../local/secret-file.ts';
import { runCli } from '../support/cli.ts';
import { policyWith } from '../policy/base.ts';
import { type Desk, doctorDesk, GOOD, NOW_MS, rulesOf } from '../support/doctor.ts';

const DAY_MS = 86_400_000;

let desk: Desk;
beforeAll(async () => {
  desk = await doctorDesk();
});
afterAll(() => desk.close());

const factsOf: Desk['factsOf'] = (toml, more) => desk.factsOf(toml, more);

const policyFacts = (changes: Readonly<Record<string, unknown>>): Facts['policy'] => {
  const source = policyWith({ realm: 'shop.com', ...changes });
  const policy = loadPolicy(source);
  return policy.ok
    ? { kind: 'policy', source: source as PolicySource, policy: policy.value }
    : { kind: 'wrong', errors: policy.error };
};

describe('an origin', () => {
  it.each([
    [200, true],
    [302, true],
    [400, true],
    [500, true],
    [401, false],
    [403, false],
    [404, false],
  ])('that answers strangers with %s is a finding: %s', async (status, isFound) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(status, { Location: '/login' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const found = rulesOf(findingsOf(await factsOf(GOOD, { origin })));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(found.includes('origin-open')).toBe(isFound);
    // Every route of the policy once, and nobody is shown a token.
    expect(asked).toEqual(Array.from({ length: 8 }, () => undefined));
  });

  it('that refuses connections is none', async () => {
    const found = findingsOf(await factsOf(GOOD, { origin: 'http://127.0.0.1:1' }));
    expect(found.map(({ rule }) => rule)).not.toContain('origin-open');
  });
});

describe('a gateway, its keys and its policy', () => {
  const WELL: GatewayFacts = {
    url: 'https://ai.shop.com',
    status: 200,
    silence: null,
    policyVersion: null,
    skewMs: 0,
    keys: [],
    keysAreCut: false,
    seenModels: [],
    closed: null,
  };
  let base: Facts;
  beforeAll(async () => {
    base = { ...(await factsOf(GOOD)), policy: policyFacts({}) };
  });
  const withGateway = (gateway: Partial<GatewayFacts>): Partial<Facts> => ({
    gateway: { ...WELL, ...gateway },
  });
  const secrets = (values: Readonly<Record<string, string>>): Partial<Facts> => ({
    secrets: { file: 'secrets.json', values: { OPENAI_API_KEY: 'sk', ...values } },
  });
  const madeAt = (daysAgo: number): string =>
    `2:${String(Math.floor((NOW_MS - daysAgo * DAY_MS) / 1_000))}`;
  const key = (daysAgo: number) => ({ id: 'k', name: 'n', madeAtMs: NOW_MS - daysAgo * DAY_MS });

  it.each<[string, Partial<Facts>, string, string | null]>([
    ['is well', withGateway({}), 'gateway', null],
    ['is not configured', withGateway({ status: 503 }), 'gateway', 'error'],
    ['is away', withGateway({ status: null, silence: 'ECONNREFUSED' }), 'gateway', 'error'],
    ['has another policy', withGateway({ policyVersion: 'abc' }), 'policy-version', 'warning'],
    ['is 30 s ahead', withGateway({ skewMs: 30_000 }), 'clock', null],
    ['is more than that ahead', withGateway({ skewMs: 30_001 }), 'clock', 'warning'],
    ['is behind', withGateway({ skewMs: -31_000 }), 'clock', 'warning'],
    ['tells no time', withGateway({ skewMs: null }), 'clock', 'notice'],
    ['has a key of 90 days', withGateway({ keys: [key(90)] }), 'api-key-old', null],
    ['has an older key', withGateway({ keys: [key(91)] }), 'api-key-old', 'warning'],
    [
      'does not show its keys',
      withGateway({ keys: null, closed: '401' }),
      'operator-api',
      'warning',
    ],
    [
      'served a model without a price',
      withGateway({ seenModels: [{ kind: 'openai', model: 'gpt-99' }] }),
      'price-missing',
      'warning',
    ],
    [
      'served one that has a price',
      withGateway({ seenModels: [{ kind: 'openai', model: 'gpt-4o' }] }),
      'price-missing',
      null,
    ],
    ['has no policy', { policy: policyFacts({ realm: '' }) }, 'policy-wrong', 'error'],
    [
      'has the realm of an example',
      { policy: policyFacts({ realm: 'app.example' }) },
      'realm-shipped',
      'error',
    ],
    ['only observes', { policy: policyFacts({ mode: 'observe' }) }, 'policy-warning', 'warning'],
    [
      'lets http pages call',
      { policy: policyFacts({ corsOrigins: ['http://shop.com'] }) },
      'policy-warning',
      'warning',
    ],
    ['says how it fails', {}, 'fail-mode', 'notice'],
    ['streams, perhaps', {}, 'streaming', 'notice'],
    ['has a provider’s key', secrets({}), 'secret-missing', null],
    ['lacks a provider’s key', secrets({ OPENAI_API_KEY: '' }), 'secret-missing', 'warning'],
    [
      'has proof keys of 91 days',
      secrets({ WEIGHBRIDGE_PROOF_KEY_NEXT_MADE: madeAt(91) }),
      'proof-keys-old',
      'warning',
    ],
    [
      'has fresh ones',
      secrets({ WEIGHBRIDGE_PROOF_KEY_NEXT_MADE: madeAt(89) }),
      'proof-keys-old',
      null,
    ],
    [
      'has broken ones',
      secrets({ WEIGHBRIDGE_PROOF_KEY_ACTIVE: '1:short' }),
      'proof-keys',
      'error',
    ],
  ])('that %s', (_, facts, rule, severity) => {
    const found = findingsOf({ ...base, ...facts }).find((one) => one.rule === rule);
    expect(found?.severity ?? null).toBe(severity);
  });

  it('are not told with a part of a broken file of secrets', async () => {
    const secretsFile = join(desk.folder, 'broken.json');
    await writeFile(secretsFile, '{"OPENAI_API_KEY": sk-very-secret}');
    const run = await runCli(['doctor', '--secrets-file', secretsFile]);
    expect(run.code).toBe(2);
    expect(run.output + run.complaints).not.toContain('sk-');
    // What Node says of it by itself has it.
    await expect(readSecretFile(secretsFile)).rejects.toThrow('sk-');
  });

  it('are not of a file of secrets that is not there', async () => {
    const run = await runCli(['doctor', '--secrets-file', join(desk.folder, 'misspelt.json')]);
    expect(run.code).toBe(2);
    expect(run.complaints).toContain('misspelt.json is no file of secrets');
  });

  it('are told worst first', () => {
    const found = findingsOf({ ...base, ...withGateway({ status: 503, policyVersion: 'x' }) });
    const order = found.map(({ severity }) => ['error', 'warning', 'notice'].indexOf(severity));
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  });
});
