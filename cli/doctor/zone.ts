// Ways to the app that do not lead through the gateway: patterns that a spelling misses, second
// addresses, files that answer first, an origin that serves strangers.

import type { Deployment, Facts, Finding, Rule } from './finding.ts';

type Pattern = { readonly where: string; readonly pattern: string; readonly isDomain: boolean };

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** As wrangler takes them: `route`, `routes`, as text or as a table. */
function patternsOf({ where, settings }: Deployment): readonly Pattern[] {
  const { route, routes } = settings;
  const all = [route, ...(Array.isArray(routes) ? (routes as unknown[]) : [])];
  return all
    .filter((one) => one !== undefined)
    .map((one) => ({
      where,
      pattern: String(typeof one === 'string' ? one : record(one)['pattern']),
      isDomain: record(one)['custom_domain'] === true,
    }));
}

/** A whole host, or all hosts under one; every path, every scheme. */
const isWhole = ({ pattern, isDomain }: Pattern): boolean =>
  isDomain ? /^[^/*]+$/.test(pattern) : /^(?:\*[.]?)?[^/*:]+\/\*$/.test(pattern);

export const routesAreWhole: Rule = ({ deployments, zoneRoutes }: Facts) => {
  const own = deployments.flatMap(patternsOf);
  const elsewhere = zoneRoutes.map((pattern) => ({
    where: '--zone-route',
    pattern,
    isDomain: false,
  }));
  return [...own, ...elsewhere]
    .filter((one) => !isWhole(one))
    .map(({ where, pattern }) => ({
      rule: 'route-narrow',
      severity: 'error',
      where,
      sentence:
        `The route "${pattern}" is not a whole host. Patterns are case-sensitive, and a path that ` +
        'misses it goes straight to the origin.',
      fix: `Bind "${pattern.replace(/^https?:\/\//, '').split('/')[0] ?? 'host'}/*".`,
    }));
};

export const routeIsBound: Rule = ({ deployments, zoneRoutes }) =>
  deployments
    .filter((one) => zoneRoutes.length === 0 && patternsOf(one).length === 0)
    .map(({ where }) => ({
      rule: 'route-missing',
      severity: 'error',
      where,
      sentence: 'No route is bound: the gateway stands in front of nothing.',
      fix: 'Add routes = [{ pattern = "shop.example/*", zone_name = "shop.example" }].',
    }));

export const noSecondAddress: Rule = ({ deployments }) =>
  deployments.flatMap(({ where, settings }) =>
    ['workers_dev', 'preview_urls']
      .filter((key) => settings[key] !== false)
      .map((key): Finding => ({
        rule: 'second-address',
        severity: 'error',
        where,
        sentence: `${key} must be false, or the gateway has a second address without the zone's rules.`,
        fix: `Write ${key} = false.`,
      })),
  );

export const filesAnswerLast: Rule = ({ deployments }) =>
  deployments
    .filter(({ settings }) => record(settings['assets'])['run_worker_first'] !== true)
    .map(({ where }) => ({
      rule: 'worker-first',
      severity: 'error',
      where,
      sentence: 'run_worker_first of [assets] must be true, or files answer before the gateway.',
      fix: 'Write run_worker_first = true below [assets].',
    }));

/** What an origin may say to a request without our signature. */
const TURNED_AWAY: ReadonlySet<number> = new Set([401, 403, 404]);

export const originIsLocked: Rule = ({ probes }) =>
  probes.flatMap(({ url, status, isRefused }): Finding[] => {
    if (isRefused || (status !== null && TURNED_AWAY.has(status))) return [];
    const where = url;
    if (status === null) {
      return [
        {
          rule: 'origin-open',
          severity: 'notice',
          where,
          sentence: 'The origin gave no answer in time: nobody knows whether it serves strangers.',
          fix: 'Run doctor again where the origin can be reached.',
        },
      ];
    }
    return [
      {
        rule: 'origin-open',
        severity: 'error',
        where,
        sentence: `The origin answers a direct call with ${String(status)}: whoever finds its address passes the gateway by.`,
        fix: 'Put the lock of examples/origin-lock in front of it (docs/origin-lock.md).',
      },
    ];
  });
