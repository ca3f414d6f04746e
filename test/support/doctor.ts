// A spoilt wrangler.toml in a folder of its own, and what `doctor` gathers from it.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts, Finding } from '../../cli/doctor/finding.ts';
import { type Asked, gather } from '../../cli/doctor/gather.ts';
import { inRoot } from '../../local/paths.ts';

export const NOW_MS = Date.parse('2026-11-22T12:00:00Z');
/** As it is shipped: no route is bound. */
export const SHIPPED = readFileSync(inRoot('wrangler.toml'), 'utf8');
export const ROUTE = 'routes = [{ pattern = "shop.com/*", zone_name = "shop.com" }]\n';
/** As it should be. */
export const GOOD = SHIPPED.replace('# routes = [', `${ROUTE}# routes = [`);

export type Desk = {
  readonly folder: string;
  factsOf(toml: string, more?: Partial<Asked>): Promise<Facts>;
  close(): Promise<void>;
};

export async function doctorDesk(): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-doctor-'));
  return {
    folder,
    async factsOf(toml, more = {}) {
      const configFile = join(folder, 'wrangler.toml');
      await writeFile(configFile, toml);
      return gather({
        nowMs: NOW_MS,
        configFile,
        policyFile: inRoot('weighbridge.config.ts'),
        secretsFile: null,
        zoneRoutes: [],
        origin: null,
        gateway: null,
        ...more,
      });
    },
    close: () => rm(folder, { recursive: true }),
  };
}

export const rulesOf = (found: readonly Finding[], severity = 'error'): string[] =>
  found.filter((one) => one.severity === severity).map(({ rule }) => rule);
