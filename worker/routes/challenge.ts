// Issues up to three challenges for a protected route. No storage, no ledger, no network: asking
// for challenges costs the gateway a few MACs, so it cannot be used to wear anything out.

import * as z from 'zod';
import { ipPrincipal } from '../../core/address.ts';
import { parseStrictJson } from '../../core/json.ts';
import { CHALLENGE_TTL_SECONDS } from '../../core/proof/index.ts';
import { THUMBPRINT } from '../../core/proof/thumbprint.ts';
import { refuse } from '../answer.ts';
import type { AppContext } from '../app.ts';
import { incomingBody } from '../adapters/incoming-body.ts';
import { hintedPrice, issueChallenge } from '../challenges.ts';
import { callerAddress, readBearer } from '../identify.ts';
import { plainRequestId } from '../plain-request-id.ts';
import type { Denial } from '../../core/denial.ts';
import { shapeDenial } from '../../core/shape-failure.ts';

const BODY_BYTES_MAX = 4_096;
const CHALLENGES_MAX = 3;

const wish = z.strictObject({
  method: z.string().max(16),
  path: z.string().max(1_024),
  jkt: z.string().regex(THUMBPRINT).optional(),
  bodyBytes: z.int().min(0).max(1_000_000_000).optional(),
  model: z.string().max(128).optional(),
  count: z.int().min(1).max(CHALLENGES_MAX).optional(),
});

export async function challenge(c: AppContext): Promise<Response> {
  const deps = c.get('deps');
  const say = (denial: Denial): Response =>
    refuse(denial, plainRequestId(deps), deps.policy.docsUrl, {});
  const body = await incomingBody(c.req.raw).read(BODY_BYTES_MAX);
  if (!body.ok) return say(body.error);
  const json = parseStrictJson(new TextDecoder().decode(body.value), { depthMax: 4, keysMax: 16 });
  if (!json.ok) return say({ kind: 'body-not-json', ...json.error });
  const parsed = wish.safeParse(json.value);
  if (!parsed.success) return say(shapeDenial(parsed.error));
  const { method, path, jkt = '', bodyBytes, model, count = 1 } = parsed.data;
  const route = deps.policy.routes.find(
    (candidate) => candidate.path === path && candidate.method === method.toUpperCase(),
  );
  if (route === undefined) return say({ kind: 'not-found', what: 'protected route' });
  const bearer = readBearer(c.req.raw.headers, deps);
  if (!bearer.ok) return say(bearer.error);
  const { apiKey } = bearer.value;
  const device = apiKey === null ? jkt : '';
  const principal =
    apiKey !== null
      ? `key:${apiKey.id}`
      : device !== ''
        ? `device:${device}`
        : ipPrincipal(callerAddress(c.req.raw, deps.isLocal));
  const costNanoUsdMax = hintedPrice(route, {
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
    ...(model === undefined ? {} : { model }),
  });
  const challenges = Array.from({ length: count }, () =>
    issueChallenge({ route, principal, jkt: device, costNanoUsdMax }, deps),
  );
  return c.json({ challenges, expiresInSeconds: CHALLENGE_TTL_SECONDS }, 200, {
    'Cache-Control': 'no-store',
  });
}
