// `budget get|set|unset`: what a principal has spent of what it may, and another cap for one
// counter of it. Dollars are read as dollars: nobody writes nano-dollars by hand.

import { type Command, Option } from 'commander';
import { UNITS } from '../../core/ledger/unit.ts';
import { WINDOWS } from '../../core/ledger/window.ts';
import { parseUsd } from '../../core/money.ts';
import { isUserId, userIdOf } from '../../core/user-id.ts';
import { misused } from '../ending.ts';
import type { Common, Ground } from '../ground.ts';
import { amount, dollars, minute, plain, type Said, table } from '../output.ts';
import { changing, needed, remote, type Runner, wholeNumber } from '../verb.ts';

type View = {
  readonly counters: readonly (Readonly<Record<string, unknown>> & { readonly unit: string })[];
  readonly holds: readonly { readonly amountNanoUsd: number }[];
  readonly switches: readonly { readonly action: string; readonly reason: string }[];
};

/** As the identity provider calls a user, or as the gateway does: `kill` takes both too. */
function pathOf(principal: string): string {
  const name = principal.startsWith('user:') ? principal.slice('user:'.length) : null;
  const id = name === null || isUserId(name) ? name : userIdOf(name);
  return `/principals/${encodeURIComponent(id === null ? principal : `user:${id}`)}`;
}

async function get(ground: Ground, principal: string): Promise<Said> {
  const json = (await (await ground.gateway()).get(pathOf(principal))) as View;
  const rows = json.counters.map((counter) => [
    plain(counter['name']),
    amount(counter.unit, counter['used']),
    amount(counter.unit, counter['held']),
    amount(counter.unit, counter['cap']),
    counter['resetsAt'] === null ? '–' : minute(counter['resetsAt']),
    counter['overridden'] === true ? 'set by hand' : '',
  ]);
  const head = ['counter', 'used', 'on hold', 'cap', 'resets', ''];
  const held = json.holds.reduce((sum, hold) => sum + hold.amountNanoUsd, 0);
  const off = json.switches.map(
    ({ action, reason }) => `Switched ${plain(action)}: ${plain(reason)}\n`,
  );
  return {
    json,
    text:
      `${plain(principal)}: ${String(json.holds.length)} calls on hold with ${dollars(held)}\n` +
      (rows.length === 0 ? 'The policy limits nothing of it.\n' : table([head, ...rows])) +
      off.join(''),
  };
}

type Counter = Common & {
  readonly window?: string;
  readonly unit: string;
  readonly route?: string;
};

/** Nano-dollars of dollars, else a whole number. */
function capOf(unit: string, text: string): number {
  if (unit !== 'usd') return wholeNumber(text);
  const cap = parseUsd(text.replace(/^\$/, ''));
  if (cap === null) throw misused(`${plain(text)}: write dollars, such as 5.00`);
  return cap;
}

const counterOf = ({ window, unit, route }: Counter): Readonly<Record<string, string>> => ({
  window: needed(window, 'window'),
  unit: unit === 'usd' ? 'nanoUsd' : unit,
  ...(route === undefined ? {} : { route }),
});

type Changed = { readonly unit: string; readonly window: string; readonly cap: number };

const now = ({ unit, window, cap }: Changed, principal: string): string =>
  `${plain(principal)} may now have ${amount(unit, cap)}${unit === 'nanoUsd' ? '' : ` ${plain(unit)}`} ` +
  `(${plain(window)})`;

async function set(
  ground: Ground,
  principal: string,
  options: Counter & { readonly cap?: string },
): Promise<Said> {
  const cap = capOf(options.unit, needed(options.cap, 'cap'));
  const counter = counterOf(options);
  const gateway = await ground.gateway();
  const shown = amount(counter['unit'], cap);
  await ground.sure(
    `Cap ${plain(principal)} at ${shown} a ${counter['window'] ?? ''} at ${gateway.url}`,
  );
  const path = `${pathOf(principal)}/budgets`;
  const json = (await gateway.ask('PUT', path, { ...counter, cap })) as Changed;
  return { json, text: `${now(json, principal)}, set by hand.\n` };
}

async function unset(ground: Ground, principal: string, options: Counter): Promise<Said> {
  const gateway = await ground.gateway();
  await ground.sure(`Give ${plain(principal)} the policy's own cap back at ${gateway.url}`);
  const path = `${pathOf(principal)}/budgets`;
  const json = (await gateway.ask('DELETE', path, counterOf(options))) as Changed;
  return { json, text: `${now(json, principal)}, as the policy says.\n` };
}

const PRINCIPAL = 'user:…, key:…, agent:…, device:…, ip:…, tenant:…, route:…, model:… or global';

export function budgetVerbs(program: Command, run: Runner): void {
  const budget = program.command('budget').description('what somebody has spent, and may');
  remote(budget.command('get').description('every counter of a principal'))
    .argument('<principal>', PRINCIPAL)
    .action((who: string, options: Common) => run(options, (ground) => get(ground, who)));
  const named = (name: string, words: string): Command =>
    changing(budget.command(name).description(words))
      .argument('<principal>', PRINCIPAL)
      .addOption(new Option('--window <window>', 'of the counter (required)').choices(WINDOWS))
      .addOption(
        new Option('--unit <unit>', 'of the counter').choices(['usd', ...UNITS]).default('usd'),
      )
      .option('--route <id>', 'the counter of one route alone');
  named('set', 'another cap in place of the policy’s')
    .option('--cap <amount>', 'dollars such as 5.00, or a number of the unit (required)')
    .action((who: string, options: Counter & { cap?: string }) =>
      run(options, (ground) => set(ground, who, options)),
    );
  named('unset', 'the policy’s own cap again').action((who: string, options: Counter) =>
    run(options, (ground) => unset(ground, who, options)),
  );
}
