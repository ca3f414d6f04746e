// The gateway itself, with two additions: a count of every call to a ledger object and every
// subrequest it makes, and paths that check one proof many times over with the gateway's own gates,
// so that the time of a check can be taken from outside (a Worker's clock stands still).

import type { Call } from '../../core/call.ts';
import { formatEvidence } from '../../core/proof/evidence.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import {
  DIGEST_UNKNOWN,
  signedMessage,
  solveWork,
  SUB_PUZZLES,
  workSeed,
} from '../../core/proof/work.ts';
import { present } from '../../core/result.ts';
import { issueChallenge } from '../../worker/challenges.ts';
import { compose, type Deps, type Env } from '../../worker/env.ts';
import { envelope } from '../../worker/gates/envelope.ts';
import { GATES } from '../../worker/gates/index.ts';
import { proof } from '../../worker/gates/proof.ts';
import { subject } from '../../worker/gates/subject.ts';
import { identify } from '../../worker/identify.ts';
import gateway from '../../worker/index.ts';
import { counted } from './counted.ts';

export { Control, ConversationShelf, EdgeShard, PrincipalLedger } from '../../worker/index.ts';

const counts = { objectCalls: 0, subrequests: 0 };

const plainFetch = globalThis.fetch.bind(globalThis);
globalThis.fetch = ((...args: Parameters<typeof fetch>) => {
  counts.subrequests += 1;
  return plainFetch(...args);
}) as typeof fetch;

const countCall = (): void => {
  counts.objectCalls += 1;
};
let watched: Env | null = null;
const watch = (env: Env): Env =>
  (watched ??= {
    ...env,
    EDGE_SHARD: counted(env.EDGE_SHARD, countCall),
    PRINCIPAL_LEDGER: counted(env.PRINCIPAL_LEDGER, countCall),
  });

const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'How much does the blue one weigh?' }],
  max_tokens: 16,
});
const KEY = { name: 'ECDSA', namedCurve: 'P-256' };

/** A request with a good proof of one kind, as its caller would send it. */
async function provenRequest(kind: string, deps: Deps): Promise<Request> {
  const route = present(
    deps.policy.routes.find(({ id }) => id === 'app-chat'),
    'route',
  );
  const pair = (await crypto.subtle.generateKey(KEY, true, ['sign'])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer;
  const publicKey = new Uint8Array(raw);
  const jkt = kind === 'work' ? '' : present(thumbprint(publicKey), 'jkt');
  const wish = {
    route,
    principal: jkt === '' ? 'ip:unknown' : `device:${jkt}`,
    caller: jkt === '' ? ('address' as const) : ('device' as const),
    risk: 0,
    jkt,
    costNanoUsdMax: 1_000_000_000,
    ahead: kind === 'ahead',
    hasPass: false,
  };
  const { wire: challengeWire } = present(issueChallenge(wish, deps), 'challenge');
  const bytes = new TextEncoder().encode(BODY);
  const contentDigest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const parts = { challengeWire, contentDigest, method: 'POST', route: route.id };
  const seeded = kind === 'ahead' ? { ...parts, contentDigest: DIGEST_UNKNOWN } : parts;
  const solved = solveWork(workSeed({ ...seeded, jkt }), SUB_PUZZLES, 1, 1_000_000).next();
  if (solved.done !== true) throw new Error('not solved');
  const signed = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    pair.privateKey,
    signedMessage(parts),
  );
  const shown = jkt === '' ? {} : { s: new Uint8Array(signed), k: publicKey };
  return new Request('http://gateway.example/api/chat', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Inference-Proof': formatEvidence({
        challengeWire,
        bytes: { w: solved.value, ...shown },
        text: {},
      }),
    },
    body: BODY,
  });
}

const other = (letter: string): string => (letter === 'A' ? 'B' : 'A');

/**
 * With one character of its tag another, the first or one near the end: what a flood of junk looks
 * like at its best.
 */
function forged(request: Request, where: 'first' | 'late'): Request {
  const proofText = present(request.headers.get('Inference-Proof'), 'proof');
  const headers = new Headers(request.headers);
  headers.set(
    'Inference-Proof',
    where === 'first'
      ? proofText.replace(/(\.)(.)/, (_, dot: string, letter: string) => dot + other(letter))
      : proofText.replace(/(.)(.",)/, (_, letter: string, end: string) => other(letter) + end),
  );
  return new Request(request, { headers });
}

/** The checks of one proof, `times` over: from the header to the last signature. */
async function check(kind: string, times: number, deps: Deps): Promise<string> {
  const isForged = kind === 'forged' || kind === 'forged-late';
  const honest = await provenRequest(isForged ? 'work' : kind, deps);
  const request = isForged ? forged(honest, kind === 'forged' ? 'first' : 'late') : honest;
  const route = present(
    deps.policy.routes.find(({ id }) => id === 'app-chat'),
    'route',
  );
  const first = identify(request, { route }, deps);
  if (isForged) {
    for (let i = 0; i < times; i += 1) {
      const verdict = await envelope.check(first, deps);
      if (verdict.ok) throw new Error('a forged challenge passed');
    }
    return 'refused';
  }
  let priced: Call = first;
  for (const gate of GATES.slice(0, GATES.indexOf(proof))) {
    const verdict = await gate.check(priced, deps);
    if (!verdict.ok) throw new Error(JSON.stringify(verdict.error));
    priced = verdict.value;
  }
  for (let i = 0; i < times; i += 1) {
    for (const [gate, call] of [
      [envelope, first],
      [subject, priced],
      [proof, priced],
    ] as const) {
      const verdict = await gate.check(call, deps);
      if (!verdict.ok) throw new Error(JSON.stringify(verdict.error));
    }
  }
  return 'accepted';
}

/** What the challenge endpoint does, `times` over, through the whole gateway. */
async function issue(times: number, env: Env, context: ExecutionContext): Promise<void> {
  const body = JSON.stringify({ method: 'POST', path: '/api/chat' });
  for (let i = 0; i < times; i += 1) {
    const request = new Request('http://gateway.example/.well-known/inference-proof/challenge', {
      method: 'POST',
      body,
      // The socket of its caller, which a gateway of this machine insists on.
      cf: { clientIp: '127.0.0.1:1' } as unknown as IncomingRequestCfProperties,
    });
    const answer = await gateway.fetch(request, watch(env), context);
    if (!answer.ok) throw new Error(await answer.text());
    await answer.text();
  }
}

let composed: Deps | null = null;

export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname === '/_bench/counts') return Response.json(counts);
    if (url.pathname === '/_bench/issue') {
      await issue(Number(url.searchParams.get('times')), env, context);
      return new Response('issued');
    }
    if (url.pathname !== '/_bench/check') return gateway.fetch(request, watch(env), context);
    if (composed === null) {
      const deps = compose(env);
      if (!deps.ok) throw new Error(deps.error.join(', '));
      composed = deps.value;
    }
    const times = Number(url.searchParams.get('times'));
    const said = await check(url.searchParams.get('kind') ?? '', times, composed);
    return new Response(said);
  },
} satisfies ExportedHandler<Env>;
