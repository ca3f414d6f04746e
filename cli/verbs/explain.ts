// `explain`: one call as a story, from its decision record.

import type { Command } from 'commander';
import { Ending, refused } from '../ending.ts';
import type { Common, Ground } from '../ground.ts';
import type { Said } from '../output.ts';
import { type DecisionRecord, storyOfCall } from '../story.ts';
import { remote, type Runner } from '../verb.ts';

const NOT_FOUND =
  'There is no record of this request. Those of served calls are kept for a day at least, by the shard ' +
  'of the caller’s address; those of refusals only by the isolate that refused, its latest 2,000. The ' +
  'log (npx wrangler tail, Workers Logs) has both, under the same id.';

async function explain(ground: Ground, id: string): Promise<Said> {
  const gateway = await ground.gateway();
  const json = await gateway.get(`/requests/${encodeURIComponent(id)}`).catch((cause: unknown) => {
    throw cause instanceof Ending && cause.status === 404 ? refused(NOT_FOUND, 404) : cause;
  });
  return { json, text: storyOfCall(json as DecisionRecord) };
}

export function explainVerb(program: Command, run: Runner): void {
  remote(program.command('explain').description('why a call was served or refused, at what price'))
    .argument('<request-id>', 'of its Weighbridge-Request-Id header')
    .action((id: string, options: Common) => run(options, (ground) => explain(ground, id)));
}
