// The provider's request of an app's own route, built from the policy: whose words stand above,
// which model, which tools. Of the caller there is one text in it, and that is a user's, whatever
// it says.

import type { Dialect } from '../dialects/dialect.ts';
import type { Json } from '../dialects/json-value.ts';
import type { App, Route } from '../policy/policy.ts';
import { present } from '../result.ts';
import type { Said } from './said.ts';

export type Composing = Pick<Route, 'outputTokensMax'> & {
  readonly app: App;
  readonly dialect: Pick<Dialect, 'anatomy'>;
  /** The one there is. */
  readonly model: string;
};

export const userMessage = (content: string): Json => ({ role: 'user', content });

/** Without what was said before: that is read when the call is paid for. */
export function composed(said: Pick<Said, 'message' | 'stream'>, route: Composing): Json {
  const { app, dialect, model, outputTokensMax } = route;
  const anatomy = present(dialect.anatomy, 'anatomy');
  const { list, ceiling } = present(anatomy.said, 'said');
  const { temperature, definitions } = app;
  const json = {
    model,
    [list]: [userMessage(said.message)],
    stream: said.stream,
    ...(temperature === undefined ? {} : { temperature }),
    ...(ceiling === null ? {} : { [ceiling]: outputTokensMax }),
  };
  const instructed = anatomy.withSystem(json, app.system);
  if (definitions.length === 0) return instructed;
  return anatomy.withDefinitions(
    instructed,
    definitions.map(({ name, description, parameters }) =>
      description === undefined ? { name, parameters } : { name, description, parameters },
    ),
  );
}
