// The app routes of the test policy, and what goes up on them for what was said: composed, read by
// the dialect, with its past, narrowed, as bytes.

import { composed } from '../../../core/app/compose.ts';
import { type Turn, withHistory } from '../../../core/app/history.ts';
import type { Said } from '../../../core/app/said.ts';
import type { Ask } from '../../../core/dialects/dialect.ts';
import { outgoing } from '../../../core/dialects/outgoing.ts';
import { loadPolicy } from '../../../core/policy/load.ts';
import type { App, Route } from '../../../core/policy/policy.ts';
import { present } from '../../../core/result.ts';
import source from '../../support/app-policy.ts';
import { requestOf } from '../../support/request-input.ts';

const loaded = loadPolicy(source);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));

export type AppRoute = Route & { readonly app: App };

export const ROUTES: readonly AppRoute[] = loaded.value.routes.flatMap((route) =>
  route.app === null ? [] : [{ ...route, app: route.app }],
);

export const built = (route: AppRoute, said: Pick<Said, 'message' | 'stream'>) =>
  composed(said, { ...route, model: present(route.models.keys().next().value, 'model') });

export function askOf(route: AppRoute, message: string, stream = false): Ask {
  const json = built(route, { message, stream });
  const asked = route.dialect.readRequest(
    requestOf(json, { provider: route.provider?.kind ?? 'openai' }),
  );
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

/** As it goes up, with the newest of these turns before it. */
export function forwarded(
  route: AppRoute,
  message: string,
  turns: readonly Turn[],
  bounds: Pick<App, 'historyTurnsMax' | 'historyBytesMax'> = route.app,
): string {
  const ask = askOf(route, message);
  const body = withHistory(ask.body, turns, bounds, present(route.dialect.anatomy?.said, 'said'));
  const narrowed = route.dialect.narrow(
    { ...ask, body },
    {
      outputTokensMax: 200,
      safetyIdentifier: 'somebody',
      provider: route.provider?.kind ?? 'openai',
    },
  );
  return Buffer.from(outgoing(narrowed, 'application/json', 'key').body).toString();
}
