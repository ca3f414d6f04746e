// `impact`: what enforcing would have refused, of rules that are only tried out, and how to enforce
// them. Changes nothing: promoting a rule is a change of the policy.

import type { Command } from 'commander';
import type { Impact } from '../../core/impact.ts';
import type { Common, Ground } from '../ground.ts';
import { dollars, plain, type Said, table } from '../output.ts';
import { day, remote, type Runner } from '../verb.ts';

type Days = Common & { readonly from?: string; readonly to?: string };

const PROMOTE =
  'To enforce a rule, write it into the policy and deploy: `mode: "enforce"` for everything, for one\n' +
  'route or, as `rules: { "over-budget": "enforce" }`, for one rule; `{ enforcePercent: 10 }` for some.\n';

async function impact(ground: Ground, { from, to }: Days): Promise<Said> {
  const gateway = await ground.gateway();
  ground.progress('Asking every shard');
  const json = (await gateway.get('/impact', { from, to })) as Impact & {
    from: string;
    to: string;
  };
  const rows = json.rules.map(({ rule, route, requests, users, nanoUsd }) => [
    plain(rule),
    plain(route),
    String(requests),
    String(users),
    dollars(nanoUsd),
  ]);
  const head = ['rule', 'route', 'requests', 'users', 'dollars'];
  const observed =
    rows.length === 0 ? 'No rule that is only observed was met.\n' : table([head, ...rows]);
  return {
    json,
    text: `${plain(json.from)} to ${plain(json.to)}: ${plain(json.sentence)}\n${observed}${PROMOTE}`,
  };
}

export function impactVerb(program: Command, run: Runner): void {
  remote(program.command('impact').description('what enforcing would have refused'))
    .option('--from <day>', 'a week ago, unless said', day)
    .option('--to <day>', 'today, unless said', day)
    .action((options: Days) => run(options, (ground) => impact(ground, options)));
}
