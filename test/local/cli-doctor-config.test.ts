// What `doctor` finds in wrangler's file, a spoilt one a row, and that it finds nothing in what is
// right. What breaks if this fails: a deployment with a way round the gateway is called healthy.

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings as deployFindings } from '../../cli/deploy.ts';
import { findingsOf } from '../../cli/doctor/index.ts';
import { type Desk, doctorDesk, GOOD, ROUTE, rulesOf, SHIPPED } from '../support/doctor.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await doctorDesk();
});
afterAll(() => desk.close());

const factsOf: Desk['factsOf'] = (toml, more) => desk.factsOf(toml, more);

describe('a wrangler.toml', () => {
  it('that is as it should be has nothing but the realm of the shipped policy', async () => {
    expect(rulesOf(findingsOf(await factsOf(GOOD)))).toEqual(['realm-shipped']);
  });

  it.each<[string, (toml: string) => string, string]>([
    ['binds no route', () => SHIPPED, 'route-missing'],
    ['binds a path', (toml) => toml.replace('shop.com/*"', 'shop.com/api/*"'), 'route-narrow'],
    ['binds a prefix', (toml) => toml.replace('shop.com/*"', 'shop.com/api*"'), 'route-narrow'],
    [
      'binds one scheme',
      (toml) => toml.replace('"shop.com/*', '"https://shop.com/*'),
      'route-narrow',
    ],
    ['binds no star', (toml) => toml.replace('shop.com/*"', 'shop.com/"'), 'route-narrow'],
    [
      'binds a path by its old name',
      (toml) => toml.replace(ROUTE, 'route = "shop.com/v1/*"\n'),
      'route-narrow',
    ],
    [
      'is open at workers.dev',
      (toml) => toml.replace('workers_dev = false', 'workers_dev = true'),
      'second-address',
    ],
    [
      'leaves workers.dev unsaid',
      (toml) => toml.replace('workers_dev = false', ''),
      'second-address',
    ],
    [
      'has it in a comment only',
      (toml) => toml.replace('workers_dev', '# workers_dev'),
      'second-address',
    ],
    [
      'has previews',
      (toml) => toml.replace('preview_urls = false', 'preview_urls = true'),
      'second-address',
    ],
    ['lacks the flag', (toml) => toml.replace('"enable_request_signal"', ''), 'flag-missing'],
    [
      'lets files answer first',
      (toml) => toml.replace('run_worker_first = true', ''),
      'worker-first',
    ],
    [
      'lets files answer first but for some',
      (toml) => toml.replace('run_worker_first = true', 'run_worker_first = ["/api/*"]'),
      'worker-first',
    ],
    [
      'binds another class',
      (toml) => toml.replace('class_name = "Control"', 'class_name = "X"'),
      'object-missing',
    ],
    [
      'lacks a binding',
      (toml) => toml.replace('name = "EDGE_SHARD"', 'name = "EDGE"'),
      'object-missing',
    ],
    ['lacks a migration', (toml) => toml.replace('["Control"]', '[]'), 'migration-missing'],
    [
      'has a secret among its variables',
      (toml) => `${toml}\n[vars]\nOPENAI_API_KEY = "x"\n`,
      'secret-in-vars',
    ],
    [
      'has our own there',
      (toml) => `${toml}\n[vars]\nWEIGHBRIDGE_ADMIN_TOKEN = "x"\n`,
      'secret-in-vars',
    ],
    [
      'has a key under another name',
      (toml) => `${toml}\n[vars]\nMODE = "sk-proj-abcdefghij1234567890"\n`,
      'secret-in-vars',
    ],
    [
      'has random bytes under another name',
      (toml) => `${toml}\n[vars]\nSALT = "1:p4Cag3y6VokjBn6mQoRUpGeot9O38be2vpjAxz5AU6p"\n`,
      'secret-in-vars',
    ],
    ['is local', (toml) => `${toml}\n[vars]\nWEIGHBRIDGE_LOCAL = "1"\n`, 'local-in-vars'],
    ['is no TOML', (toml) => `${toml}\n[[[\n`, 'config-unread'],
    [
      'opens workers.dev in an environment',
      (toml) => `${toml}\n[env.staging]\nworkers_dev = true\n`,
      'second-address',
    ],
    ['has an environment without objects', (toml) => `${toml}\n[env.staging]\n`, 'object-missing'],
  ])('that %s is found', async (_, spoil, rule) => {
    const spoilt = spoil(GOOD);
    expect(spoilt).not.toBe(GOOD);
    const found = findingsOf(await factsOf(spoilt)).filter((one) => one.rule === rule);
    expect(found.length).toBeGreaterThan(0);
    expect(rulesOf(found)).toContain(rule);
    for (const { sentence, fix } of found) {
      expect(sentence.length).toBeGreaterThan(20);
      expect(fix).not.toBe('');
      expect(sentence).not.toContain('sk-proj');
    }
  });

  it('may bind a whole zone or a domain of its own', async () => {
    for (const pattern of [
      'routes = ["*.shop.com/*"]\n',
      'routes = [{ pattern = "ai.shop.com", custom_domain = true }]\n',
    ]) {
      expect(rulesOf(findingsOf(await factsOf(GOOD.replace(ROUTE, pattern))))).not.toContain(
        'route-narrow',
      );
    }
  });

  it('may have variables that are none', async () => {
    const toml = `${GOOD}\n[vars]\nREGION = "eu-west"\nAPP_BASE_URL = "https://app.shop.com/a/long/path/of/it"\n`;
    expect(rulesOf(findingsOf(await factsOf(toml)))).toEqual(['realm-shipped']);
  });

  it('is judged with routes that are set elsewhere', async () => {
    const facts = await factsOf(SHIPPED, { zoneRoutes: ['shop.com/API/*'] });
    expect(rulesOf(findingsOf(facts))).toEqual(['route-narrow', 'realm-shipped']);
  });

  it('beside another one that wrangler would take is not believed', async () => {
    await writeFile(join(desk.folder, 'wrangler.jsonc'), '{}');
    const found = rulesOf(findingsOf(await factsOf(GOOD)));
    await rm(join(desk.folder, 'wrangler.jsonc'));
    expect(found).toContain('config-unread');
  });
});

describe('npm run deploy', () => {
  it('goes past no error of doctor, and past nothing that doctor cannot see', async () => {
    expect((await deployFindings()).map(({ rule }) => rule)).toEqual([
      'route-missing',
      'realm-shipped',
    ]);
    const file = join(desk.folder, 'wrangler.toml');
    await writeFile(file, GOOD.replace('workers_dev = false', 'workers_dev = true'));
    for (const args of [['--config', file], [`-c${file}`], ['-c', file]]) {
      const rules = (await deployFindings(args)).map(({ rule }) => rule);
      expect(rules).toContain('second-address');
    }
    for (const args of [
      ['--var', 'WEIGHBRIDGE_LOCAL:1'],
      ['--routes', 'shop.com/api/*'],
      ['--alias', 'a:b'],
    ]) {
      expect((await deployFindings(args)).map(({ rule }) => rule)).toContain('unseen-argument');
    }
  });
});
