// Reads what `doctor` judges: wrangler's file, the policy it names, a file of secrets, a gateway
// and an origin. Only what was named is asked; the origin gets no token and no redirect is
// followed.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { inRoot } from '../../local/paths.ts';
import { readPolicy } from '../../local/read-policy.ts';
import { readSecretFile } from '../../local/secret-file.ts';
import { misused } from '../ending.ts';
import type { Gateway } from '../gateway.ts';
import { plain } from '../output.ts';
import type { Deployment, Facts, Probe } from './finding.ts';
import { gatewayFacts } from './gather-gateway.ts';

const PROBE_MS_MAX = 10_000;
const PROBES_MAX = 50;

type Table = Readonly<Record<string, unknown>>;

/** An environment has these of its own or not at all; all else it inherits. */
const NOT_INHERITED = ['vars', 'durable_objects', 'env'] as const;

function deploymentsOf(name: string, top: Table): readonly Deployment[] {
  const inherited = Object.fromEntries(
    Object.entries(top).filter(([key]) => !NOT_INHERITED.some((one) => one === key)),
  );
  const environments = Object.entries((top['env'] ?? {}) as Readonly<Record<string, Table>>);
  return [
    { where: name, settings: top },
    ...environments.map(([environment, own]) => ({
      where: `${name} [env.${plain(environment)}]`,
      settings: { ...inherited, ...own },
    })),
  ];
}

type Config = Pick<Facts, 'deployments' | 'configFaults'> & { readonly policyFile: string };

async function configOf(file: string): Promise<Config> {
  const folder = dirname(file);
  const faults: string[] = [];
  for (const other of ['wrangler.json', 'wrangler.jsonc']) {
    if (file.endsWith('wrangler.toml') && existsSync(join(folder, other))) {
      faults.push(`wrangler takes ${other} in its place, which nobody looks at here.`);
    }
  }
  let top: Table = {};
  try {
    top = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    faults.push(`${relative(inRoot(), file)} cannot be read: ${plain((cause as Error).message)}`);
    return { deployments: [], configFaults: faults, policyFile: inRoot('weighbridge.config.ts') };
  }
  const alias = (top['alias'] ?? {}) as Readonly<Record<string, string>>;
  const policyFile = resolve(folder, alias['weighbridge-policy'] ?? 'weighbridge.config.ts');
  const deployments = deploymentsOf(relative(inRoot(), file), top);
  return { deployments, configFaults: faults, policyFile };
}

/** A call as the app's page would make it, but past the gateway. */
async function probe(origin: string, path: string): Promise<Probe> {
  const url = `${origin}${path}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(PROBE_MS_MAX),
    });
    await response.body?.cancel();
    return { url, status: response.status, isRefused: false };
  } catch (cause) {
    const late = (cause as Error).name === 'TimeoutError';
    return { url, status: null, isRefused: !late };
  }
}

/** What is wrong with it is not repeated: a part of a secret would be. */
async function secretsOf(file: string | null): Promise<Facts['secrets']> {
  if (file === null) return null;
  // One that is not there reads as an empty one, and a misspelt name as if all were missing.
  const values = existsSync(file) ? await readSecretFile(file).catch(() => null) : null;
  if (values === null) {
    throw misused(`${plain(file)} is no file of secrets: JSON, or NAME=value lines`);
  }
  return { file, values };
}

export type Asked = {
  readonly nowMs: number;
  /** Wrangler's file. */
  readonly configFile: string;
  /** The policy, unless it is the one that wrangler's file names. */
  readonly policyFile: string | null;
  readonly secretsFile: string | null;
  readonly zoneRoutes: readonly string[];
  readonly origin: string | null;
  readonly gateway: Gateway | null;
};

export async function gather(asked: Asked): Promise<Facts> {
  const config = await configOf(asked.configFile);
  const policyFile = asked.policyFile ?? config.policyFile;
  const policy = await readPolicy(policyFile);
  const { origin } = asked;
  const paths = policy.kind === 'policy' ? policy.policy.routes.map((route) => route.path) : [];
  const probes: Probe[] = [];
  for (const path of origin === null ? [] : paths.slice(0, PROBES_MAX)) {
    probes.push(await probe(origin ?? '', path));
  }
  const source = policy.kind === 'policy' ? policy.source : null;
  return {
    nowMs: asked.nowMs,
    deployments: config.deployments,
    configFaults: config.configFaults,
    zoneRoutes: asked.zoneRoutes,
    policyFile: relative(inRoot(), policyFile),
    policy,
    secrets: await secretsOf(asked.secretsFile),
    gateway: asked.gateway === null ? null : await gatewayFacts(asked.gateway, source, asked.nowMs),
    probes,
  };
}
