// `keys create|list|show|rotate|revoke`: API keys for callers that you name. A key's secret is
// printed once, where it is made, and never taken as an argument. (`npm run keys` is about the
// gateway's own secrets.)

import { type Command, Option } from 'commander';
import { WINDOWS } from '../../core/ledger/window.ts';
import { misused } from '../ending.ts';
import type { Gateway } from '../gateway.ts';
import type { Common, Ground } from '../ground.ts';
import { amount, dollars, minute, plain, type Said, table } from '../output.ts';
import { changing, listed, needed, remote, type Runner, seconds, wholeNumber } from '../verb.ts';

type Facts = Readonly<Record<string, unknown>>;

const KEYS_LISTED_MAX = 100_000;
const PAGE = 500;
const DAY_SECONDS = 86_400;

const pathOf = (id: string): string => `/keys/${encodeURIComponent(idOf(id))}`;

/** By itself or as a principal. A whole key gets into no path, and so into no log. */
function idOf(text: string): string {
  if (/^wb_|\./.test(text)) {
    throw misused('That is a key, not its id: write what stands between "wb_" and the first dot.');
  }
  return text.replace(/^key:/, '');
}

/** `day:usd:2.00` or `day:requests:500`, perhaps with `:route` behind it. */
function budgetOf(text: string): Facts {
  const [window = '', unit = '', cap = '', route, ...more] = text.split(':');
  const isKnown = WINDOWS.some((one) => one === window);
  if (!isKnown || unit === '' || cap === '' || more.length > 0) {
    throw misused(`${plain(text)}: write day:usd:2.00 or day:requests:500`);
  }
  const how = unit === 'usd' ? { usd: cap } : { unit, cap: wholeNumber(cap) };
  return { window, ...how, ...(route === undefined ? {} : { route }) };
}

type Create = Common & {
  readonly name?: string;
  readonly plan?: string;
  readonly tenant?: string;
  readonly purpose?: string;
  readonly expires?: number;
  readonly cap?: string;
  readonly route?: readonly string[];
  readonly budget?: readonly string[];
};

async function create(ground: Ground, options: Create): Promise<Said> {
  const { plan, tenant, purpose, expires, cap, route, budget } = options;
  const asked = {
    name: needed(options.name, 'name'),
    plan,
    tenant,
    purpose,
    expiresInSeconds: expires,
    capUsd: cap?.replace(/^\$/, ''),
    routes: route,
    budgets: budget?.map(budgetOf),
  };
  const gateway = await ground.gateway();
  await ground.sure(`Make an API key at ${gateway.url}`);
  const json = (await gateway.ask('POST', '/keys', asked)) as Facts;
  return {
    json,
    text: `${plain(json['key'])}\nThis is shown once. Its id is ${plain(json['id'])}.\n`,
  };
}

/** All of them, page by page. */
export async function allKeys(gateway: Gateway): Promise<readonly Facts[]> {
  const keys: Facts[] = [];
  for (let after: string | undefined; keys.length < KEYS_LISTED_MAX;) {
    const page = (await gateway.get('/keys', { limit: String(PAGE), after })) as {
      keys: Facts[];
      next: string | null;
    };
    keys.push(...page.keys);
    if (page.next === null || page.keys.length === 0) break;
    after = page.next;
  }
  return keys;
}

const stateOf = ({ revokedAt, expiresAt }: Facts, nowMs: number): string => {
  if (typeof revokedAt === 'string') return `revoked ${minute(revokedAt)}`;
  if (typeof expiresAt !== 'string') return 'good';
  return `${Date.parse(expiresAt) <= nowMs ? 'over since' : 'good until'} ${minute(expiresAt)}`;
};

async function list(ground: Ground): Promise<Said> {
  ground.progress('Reading the list of keys');
  const keys = await allKeys(await ground.gateway());
  const rows = keys.map((key) => [
    plain(key['id']),
    plain(key['name']),
    plain(key['plan'] ?? '–'),
    minute(key['createdAt']),
    stateOf(key, ground.nowMs()),
  ]);
  const text = rows.length === 0 ? 'There are no API keys.\n' : table(rows);
  return { json: { keys }, text };
}

async function show(ground: Ground, id: string): Promise<Said> {
  const json = (await (await ground.gateway()).get(pathOf(id))) as Facts & {
    budgets: readonly (Facts & { unit: string })[];
  };
  const { budgets, capNanoUsd, previous, ...rest } = json;
  const rows = Object.entries(rest).map(([name, value]) => [name, plain(value ?? '–')]);
  const caps = budgets.map((one) => [
    plain(one['name']),
    `${amount(one.unit, one['used'])} of ${amount(one.unit, one['cap'])}`,
  ]);
  const life = capNanoUsd === null ? '–' : dollars(capNanoUsd);
  const before = [['previous', previous === null ? '–' : plain(previous)]];
  return { json, text: table([...rows, ['capUsd', life], ...before, ...caps]) };
}

async function rotate(ground: Ground, id: string, options: { grace: number }): Promise<Said> {
  const gateway = await ground.gateway();
  await ground.sure(`Rotate ${plain(id)} at ${gateway.url}`);
  const body = { graceSeconds: options.grace };
  const json = (await gateway.ask('POST', `${pathOf(id)}/rotate`, body)) as Facts & {
    previous: { acceptedUntil: string } | null;
  };
  const { previous } = json;
  const old =
    previous === null
      ? 'The one before is refused from now on.'
      : `The one before is accepted until ${minute(previous.acceptedUntil)}.`;
  return { json, text: `${plain(json['key'])}\nThis is shown once. ${old}\n` };
}

async function revoke(ground: Ground, id: string): Promise<Said> {
  const gateway = await ground.gateway();
  await ground.sure(`Revoke ${plain(id)} at ${gateway.url}, for good`);
  const json = (await gateway.ask('DELETE', pathOf(id))) as Facts;
  return { json, text: `${plain(json['id'])} is refused from the next call on.\n` };
}

export function keyVerbs(program: Command, run: Runner): void {
  const keys = program.command('keys').description('API keys (npm run keys: the gateway’s own)');
  changing(keys.command('create').description('make one; it is shown once'))
    .option('--name <name>', 'for you (required)')
    .option('--plan <id>', 'a plan of the policy')
    .option('--tenant <id>', 'whose purse its calls are charged to as well')
    .addOption(new Option('--purpose <what>', 'ci: shows no proof').choices(['server', 'ci']))
    .option('--expires <time>', 'such as 30d', seconds)
    .option('--cap <dollars>', 'what it may spend in all its life')
    .option('--route <id>', 'the only one it may call; say it again for more', listed)
    .option('--budget <cap>', 'of its own, such as day:usd:2.00; say it again for more', listed)
    .action((options: Create) => run(options, (ground) => create(ground, options)));
  remote(keys.command('list').description('which keys there are')).action((options: Common) =>
    run(options, list),
  );
  remote(keys.command('show').description('all that is known of one'))
    .argument('<id>', 'its id')
    .action((id: string, options: Common) => run(options, (ground) => show(ground, id)));
  changing(keys.command('rotate').description('another secret under the same id'))
    .argument('<id>', 'its id')
    .addOption(
      new Option('--grace <time>', 'how long the old one is accepted; 0s after a leak')
        .argParser(grace)
        .default(DAY_SECONDS, '24h'),
    )
    .action((id: string, options: Common & { grace: number }) =>
      run(options, (ground) => rotate(ground, id, options)),
    );
  changing(keys.command('revoke').description('refuse it, for good'))
    .argument('<id>', 'its id')
    .action((id: string, options: Common) => run(options, (ground) => revoke(ground, id)));
}

const grace = (text: string): number => (/^0[smhdw]?$/.test(text) ? 0 : seconds(text));
