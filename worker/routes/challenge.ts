// Issues up to three challenges for a protected route. No storage, no ledger, no network: asking
// for challenges costs the gateway a few MACs, so it cannot be used to wear anything out.

import * as z from 'zod';
import { ipPrincipal } from '../../core/address.ts';
import { fromBase64Url } from '../../core/bytes.ts';
import { type Call, callerClassOf, primaryOf } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { invalidRequest } from '../../core/invalid-request.ts';
import { parseStrictJson } from '../../core/json.ts';
import { matchRoute } from '../../core/policy/match.ts';
import { CHALLENGE_TTL_SECONDS } from '../../core/proof/index.ts';
import { SEALED_CHARS_MAX } from '../../core/proof/sealed-token.ts';
import { THUMBPRINT } from '../../core/proof/thumbprint.ts';
import { err, ok, present, type Result } from '../../core/result.ts';
import { refuse } from '../answer.ts';
import type { AppContext } from '../app.ts';
import type { Deps } from '../env.ts';
import { incomingBody } from '../adapters/incoming-body.ts';
import { hintedPrice, issueChallenge } from '../challenges.ts';
import { callerAddress, readBearer } from '../identify.ts';
import { isGoodForNext, readPass } from '../human-pass.ts';
import { parameterMembers } from '../parameters.ts';
import { plainRequestId } from '../plain-request-id.ts';
import { riskOf } from '../risk.ts';
import { signedIn, signedInBefore } from '../signed-in.ts';

const BODY_BYTES_MAX = 4_096;
const CHALLENGES_MAX = 3;

const wish = z.strictObject({
  method: z.string().max(16),
  path: z.string().max(1_024),
  jkt: z.string().regex(THUMBPRINT).optional(),
  bodyBytes: z.int().min(0).max(1_000_000_000).optional(),
  model: z.string().max(128).optional(),
  count: z.int().min(1).max(CHALLENGES_MAX).optional(),
  /** To be solved ahead of the body, which a device key then signs. */
  bind: z.enum(['seed', 'signature']).optional(),
  /** Thumbprint of an agent's key: without that key the challenge is of no use. */
  keyid: z.string().regex(THUMBPRINT).optional(),
  /** SHA-256 of the answer that the call will continue, base64url. */
  conversation: z
    .string()
    .max(64)
    .refine((text) => fromBase64Url(text)?.length === 32, 'write a SHA-256 in base64url')
    .optional(),
  /** What an earlier human proof bought, `Inference-Proof-Pass`. */
  pass: z.string().max(SEALED_CHARS_MAX).optional(),
});

type Wish = z.output<typeof wish>;

/** Who asks, as far as it can be known without a proof. */
type Asker = Pick<Call, 'apiKey' | 'agent' | 'user' | 'ip'>;

const NAME_A_KEY =
  'This route asks for a device key: send the thumbprint of its public key (RFC 7638) as "jkt".';

const ANOTHER_KEY = 'The access token is bound to another key than the one named as "jkt".';

async function readWish(c: AppContext): Promise<Result<Wish, Denial>> {
  const body = await incomingBody(c.req.raw).read(BODY_BYTES_MAX);
  if (!body.ok) return body;
  const json = parseStrictJson(new TextDecoder().decode(body.value), { depthMax: 4, keysMax: 16 });
  if (!json.ok) return err({ kind: 'body-not-json', ...json.error });
  const parsed = wish.safeParse(json.value);
  return parsed.success ? ok(parsed.data) : err(invalidRequest(parsed.error));
}

/**
 * A token names its user here without its key: what is issued then only that key can redeem. A
 * session has none; whoever has its cookie has it.
 */
async function askerOf(c: AppContext, { keyid }: Wish): Promise<Result<Asker, Denial>> {
  const deps = c.get('deps');
  const bearer = readBearer(c.req.raw.headers, deps);
  if (!bearer.ok) return bearer;
  const ip = ipPrincipal(callerAddress(c.req.raw, deps.isLocal));
  const { apiKey } = bearer.value;
  const none = { apiKey, agent: null, user: null, ip };
  if (apiKey === null && keyid !== undefined) {
    const agent = deps.policy.agents.get(keyid);
    if (agent === undefined) return err({ kind: 'not-found', what: 'agent' });
    return ok({ ...none, agent: { id: agent.id, keyId: keyid } });
  }
  if (apiKey !== null) return ok(none);
  const nowMs = deps.nowMs();
  const visitor = { headers: c.req.raw.headers, url: c.req.url, ip };
  // Finding out who it is costs us more than a challenge does: it counts as one more.
  const isNew = signedInBefore(visitor, nowMs, deps) === undefined;
  const waitSeconds = isNew ? deps.askLimiter.take(ip, 1, nowMs) : 0;
  if (waitSeconds > 0) return err({ kind: 'too-many-challenges', retryAfterSeconds: waitSeconds });
  const user = await signedIn(visitor, nowMs, deps);
  return user.ok ? ok({ ...none, user: user.value }) : user;
}

function answer(asker: Asker, asked: Wish, deps: Deps): Result<object, Denial> {
  const { method, path, bodyBytes, model, count = 1, conversation } = asked;
  const match = matchRoute(deps.policy, path);
  if (match.kind !== 'route' || match.route.method !== method.toUpperCase()) {
    return err({ kind: 'not-found', what: 'protected route' });
  }
  const { route } = match;
  const waitSeconds = deps.askLimiter.take(asker.ip, count, deps.nowMs());
  if (waitSeconds > 0) return err({ kind: 'too-many-challenges', retryAfterSeconds: waitSeconds });
  const bound = asker.user?.jkt ?? '';
  if (bound !== '' && asked.jkt !== undefined && asked.jkt !== bound) {
    return err({ kind: 'request-invalid', sentence: ANOTHER_KEY });
  }
  const wished = bound === '' ? (asked.jkt ?? '') : bound;
  const jkt = asker.apiKey === null && asker.agent === null ? wished : '';
  const named = { ...asker, challenge: jkt === '' ? null : { jkt } };
  const principal = primaryOf(named);
  const costNanoUsdMax = hintedPrice(route, {
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
    ...(model === undefined ? {} : { model }),
  });
  const pass = asked.pass === undefined ? null : readPass(asked.pass, principal, deps);
  const challengeWish = {
    route,
    principal,
    caller: callerClassOf(named),
    risk: riskOf(asker, deps),
    jkt,
    costNanoUsdMax,
    ahead: asked.bind === 'signature',
    hasPass: isGoodForNext(pass, costNanoUsdMax, deps),
    ...(conversation === undefined
      ? {}
      : { conversationHash: present(fromBase64Url(conversation), 'hash') }),
  };
  const challenges: string[] = [];
  let parameters = {};
  for (let made = 0; made < count; made += 1) {
    const issued = issueChallenge(challengeWish, deps);
    if (issued === null) return err({ kind: 'request-invalid', sentence: NAME_A_KEY });
    if (made === 0) parameters = parameterMembers(issued, route, deps);
    challenges.push(issued.wire);
  }
  deps.risk.saw(asker.ip, { kind: 'asked', count }, deps.nowMs());
  return ok({ challenges, expiresInSeconds: CHALLENGE_TTL_SECONDS, ...parameters });
}

export async function challenge(c: AppContext): Promise<Response> {
  const deps = c.get('deps');
  const say = (denial: Denial): Response =>
    refuse(denial, plainRequestId(deps), deps.policy.docsUrl, {});
  const asked = await readWish(c);
  if (!asked.ok) return say(asked.error);
  const asker = await askerOf(c, asked.value);
  if (!asker.ok) return say(asker.error);
  const answered = answer(asker.value, asked.value, deps);
  return answered.ok
    ? c.json(answered.value, 200, { 'Cache-Control': 'no-store' })
    : say(answered.error);
}
