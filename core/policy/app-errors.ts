// What contradicts itself in an app's own route: a format that nothing can be built in, a model
// that nobody chose, words that do not fit, rules for what no caller can send there.

import { composed } from '../app/compose.ts';
import { dialectById } from '../dialects/index.ts';
import { onTerms, toolsOf } from './plans.ts';
import type { PolicyError } from './policy.ts';
import type { PolicySource, RouteSource } from './schema.ts';
import { appOf } from './terms.ts';

type Said = readonly [field: string, sentence: string];

/** What is for requests that callers write. */
const OF_OTHERS = ['conversation', 'loop', 'run', 'system', 'tools'] as const;

function* sentences(source: PolicySource, route: RouteSource): Generator<Said> {
  const app = appOf(route, toolsOf(source));
  if (app === null) return;
  const dialect = dialectById(route.dialect);
  const shape = dialect?.anatomy?.said;
  if (dialect === null || shape === undefined || route.provider === undefined) {
    const takes = 'openai-chat, openai-responses or anthropic-messages';
    yield ['app', `is for a provider's route that speaks ${takes}`];
    return;
  }
  for (const field of OF_OTHERS) {
    if (route[field] === undefined) continue;
    yield [field, 'an app route takes one message and nothing else: leave it out'];
  }
  const [first = '', another] = route.models;
  if (another !== undefined && route.defaultModel === undefined) {
    yield ['defaultModel', 'say which of the models answers: callers cannot'];
  }
  const said = app.system.length + app.messageCharsMax + app.historyBytesMax;
  if (route.promptCharsMax < said) {
    yield ['promptCharsMax', `system, message and history may come to ${String(said)}`];
  }
  if (route.bodyBytesMax < app.messageCharsMax) {
    yield ['bodyBytesMax', 'is less than app.messageCharsMax'];
  }
  for (const [index, name] of (app.tools ?? []).entries()) {
    if (app.definitions.some((tool) => tool.name === name)) continue;
    yield [`app.tools[${String(index)}]`, `no tool of the policy is called "${name}"`];
  }
  if (app.definitions.length > route.toolsMax) {
    yield ['toolsMax', 'is less than the tools of the app: every request would be refused'];
  }
  const { outputTokensMax } = route;
  const model = route.defaultModel ?? first;
  const json = composed({ message: '-', stream: false }, { app, dialect, model, outputTokensMax });
  const kind = source.providers.find(({ id }) => id === route.provider)?.kind ?? 'openai';
  const asked = dialect.readRequest({
    json,
    form: [],
    bytes: new Uint8Array(0),
    contentType: 'application/json',
    target: '',
    provider: kind,
    extraFields: [],
  });
  if (asked.ok || model === '') return;
  const field = 'field' in asked.error ? asked.error.field : 'body';
  yield ['app', `what would be built of it is refused in "${field}"`];
}

export function appErrors(source: PolicySource): readonly PolicyError[] {
  return source.routes.flatMap((route, index) => {
    const own = [...sentences(source, route)];
    const ofPlans = Object.entries(route.plans ?? {}).flatMap(([plan, terms]) =>
      [...sentences(source, onTerms(route, terms))]
        // What the route says itself is told there.
        .filter(([field, sentence]) => !own.some(([f, s]) => f === field && s === sentence))
        .map(([field, sentence]): Said => [`plans.${plan}.${field}`, sentence]),
    );
    return [...own, ...ofPlans].map(([field, sentence]) => ({
      path: `routes[${String(index)}].${field}`,
      sentence,
    }));
  });
}
