// `kill`, `unkill`, `switches`, `audit`: turn something off now and say so, and read what was
// turned. Sends no principal that no call can be named by.

import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { switchPrincipal, SWITCH_PRINCIPALS } from '../../core/control/principal.ts';
import { misused } from '../ending.ts';
import type { Common, Ground } from '../ground.ts';
import { minute, plain, type Said, table } from '../output.ts';
import { changing, needed, remote, type Runner, seconds, wholeNumber } from '../verb.ts';

type Shown = {
  readonly principal: string;
  readonly action: string;
  readonly cut: boolean;
  readonly reason: string;
  readonly author: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
};

type Spread = { readonly shards: number; readonly heard: number; readonly ms: number };

type Row = Readonly<Record<'kind' | 'subject' | 'author' | 'reason' | 'at', string>> & {
  readonly id: number;
  readonly before: unknown;
  readonly after: unknown;
};

function principalOf(text: string): string {
  const principal = switchPrincipal(text);
  if (principal === null) throw misused(`${plain(text)}: write ${SWITCH_PRINCIPALS}`);
  return principal;
}

/** Who types this, unless they say otherwise. */
const author = (): string => userInfo().username;

const howFar = ({ shards, heard, ms }: Spread): string =>
  heard < shards
    ? `${String(heard)} of ${String(shards)} shards have heard; the others will with their next call.`
    : `All ${String(shards)} shards have heard, after ${String(ms)} ms.`;

const until = (at: string | null): string => (at === null ? 'until unkill' : `until ${minute(at)}`);

type Kill = Common & {
  readonly reason?: string;
  readonly author: string;
  readonly for?: number;
  readonly cut?: boolean;
  readonly downgrade?: boolean;
};

async function kill(ground: Ground, who: string, options: Kill): Promise<Said> {
  const principal = principalOf(who);
  const { cut = false, downgrade = false, for: expiresInSeconds } = options;
  const reason = needed(options.reason, 'reason');
  if (cut && downgrade) throw misused('--cut and --downgrade: what is downgraded goes on');
  const gateway = await ground.gateway();
  const action = downgrade ? 'downgrade' : 'off';
  await ground.sure(`Switch ${principal} ${action} at ${gateway.url}`);
  const json = (await gateway.ask('PUT', '/switches', {
    principal,
    action,
    reason,
    author: options.author,
    ...(downgrade ? {} : { cut }),
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
  })) as Spread & { switch: Shown; replaced: Shown | null };
  const { switch: one, replaced } = json;
  const running = one.cut ? 'Calls that run are cut.' : 'Calls that run go on to their end.';
  return {
    json,
    text:
      `${plain(one.principal)} is ${plain(one.action)} ${until(one.expiresAt)}. ${running}\n` +
      (replaced === null
        ? ''
        : `It was ${plain(replaced.action)} before: ${plain(replaced.reason)}\n`) +
      `${howFar(json)}\n`,
  };
}

async function unkill(ground: Ground, who: string, options: Kill): Promise<Said> {
  const principal = principalOf(who);
  const reason = needed(options.reason, 'reason');
  const gateway = await ground.gateway();
  await ground.sure(`Lift the switch on ${principal} at ${gateway.url}`);
  const { author: by } = options;
  const json = (await gateway.ask('DELETE', '/switches', {
    principal,
    reason,
    author: by,
  })) as Spread & { lifted: Shown };
  return { json, text: `${plain(json.lifted.principal)} is on again.\n${howFar(json)}\n` };
}

async function switches(ground: Ground): Promise<Said> {
  const json = (await (await ground.gateway()).get('/switches')) as { switches: Shown[] };
  const rows = json.switches.map((one) => [
    plain(one.principal),
    `${plain(one.action)}${one.cut ? ', cut' : ''}`,
    until(one.expiresAt),
    plain(one.author),
    plain(one.reason),
  ]);
  return { json, text: rows.length === 0 ? 'Nothing is switched off.\n' : table(rows) };
}

async function audit(ground: Ground, options: { limit: number; before?: number }): Promise<Said> {
  const json = (await (
    await ground.gateway()
  ).get('/audit', {
    limit: String(options.limit),
    before: options.before?.toString(),
  })) as { audit: Row[]; next: number | null };
  const rows = json.audit.map((row) => [
    String(row.id),
    minute(row.at),
    plain(row.kind),
    plain(row.subject),
    plain(row.author),
    `${plain(row.reason)}  ${plain(row.before)} → ${plain(row.after)}`,
  ]);
  const more = json.next === null ? '' : `Older rows: --before ${String(json.next)}\n`;
  return { json, text: rows.length === 0 ? 'Nothing was changed yet.\n' : table(rows) + more };
}

const said = (command: Command): Command =>
  changing(command)
    .option('--reason <words>', 'why (required): the next reader was not there')
    .option('--author <name>', 'who', author());

export function switchVerbs(program: Command, run: Runner): void {
  said(program.command('kill').description('switch somebody or something off, now'))
    .argument('<principal>', SWITCH_PRINCIPALS)
    .option('--for <time>', 'ends by itself, such as 30m or 7d', seconds)
    .option('--cut', 'calls that are running end as well')
    .option('--downgrade', 'serve on with a cheaper model instead')
    .action((who: string, options: Kill) => run(options, (ground) => kill(ground, who, options)));
  said(program.command('unkill').description('lift a switch'))
    .argument('<principal>', 'as it was killed')
    .action((who: string, options: Kill) => run(options, (ground) => unkill(ground, who, options)));
  remote(program.command('switches').description('what is switched off')).action(
    (options: Common) => run(options, switches),
  );
  remote(program.command('audit').description('what operators have changed, newest first'))
    .option('--limit <n>', 'rows', wholeNumber, 50)
    .option('--before <id>', 'rows older than this one', wholeNumber)
    .action((options: Common & { limit: number; before?: number }) =>
      run(options, (ground) => audit(ground, options)),
    );
}
