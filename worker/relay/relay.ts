// From the hold to the answer: forwards, then either streams with the meter beside it or takes an
// answer that comes in one piece. Every way out closes the passage.

import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { present } from '../../core/result.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { answerTools } from '../../core/tools/answer-tools.ts';
import { watchTools } from '../../core/tools/tool-watch.ts';
import { callHeaders, rateLimitHeaders, refuse } from '../answer.ts';
import type { Deps } from '../env.ts';
import { withGivenBack } from '../human-pass.ts';
import { answerHead, answerTypeOf } from './answer-head.ts';
import { forward } from './forward.ts';
import { logEvent } from '../observe/log.ts';
import { KeyGuard } from './key-guard.ts';
import { Meter } from './meter.ts';
import type { Passage } from './passage.ts';
import { readAll } from './read-all.ts';
import { forwardToOrigin } from './to-origin.ts';

const isEventStream = (answer: Response): boolean =>
  /^text\/event-stream\b/i.test(answer.headers.get('Content-Type') ?? '');

/** The provider refused our own credentials: nobody else's business. An app may say no. */
const refusesUs = (status: number): boolean => status === 401 || status === 403;
const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** What an app answers passes as it comes, and so does what nobody reads. */
function isStreamed({ route, ask }: Call, answer: Response): boolean {
  if (route.origin !== null || route.dialect.family === 'plain') return answer.ok;
  if (answer.status !== 200) return false;
  const { stream } = present(ask, 'ask');
  const framing = route.dialect.framing(present(ask, 'ask'), answerTypeOf(answer));
  return isEventStream(answer) || framing === 'bytes' || (stream && framing === 'json-array');
}

/** RFC 9110: these have no body, and the runtime wants none. */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Closed before there was an answer: stopped, too late, or the caller left and reads nothing. */
function closedDenial(passage: Passage): Denial {
  if (passage.ending === 'stopped') return { kind: 'api-key-invalid', reason: 'revoked' };
  // Cut by a renewal: which of its names it was for, the shard knows and the caller does not.
  if (passage.ending === 'switched-off') {
    return { kind: 'switched-off', principal: '', action: 'off', untilMs: null };
  }
  return { kind: 'origin-timeout', seconds: passage.elapsedSeconds() };
}

/** It was a server of the app that did not answer, and no provider. */
const ofApp = (denial: Denial): Denial =>
  denial.kind === 'origin-unreachable' || denial.kind === 'origin-timeout'
    ? { ...denial, isApp: true }
    : denial;

/** An app was not given a key of ours. */
const keyGuard = ({ provider }: Call['route'], deps: Deps): KeyGuard =>
  new KeyGuard(provider === null ? null : deps.upstream(provider).apiKey);

export async function relay(passage: Passage, deps: Deps): Promise<Response> {
  const { call } = passage.reservation;
  const giveUp = (denial: Denial): Response =>
    refuse(
      call.route.origin === null ? denial : ofApp(denial),
      call.requestId,
      deps.policy.docsUrl,
      callHeaders(call, 'refuse', deps),
      call.route.dialect.family,
    );
  const timer = setTimeout(() => {
    passage.close('origin-timeout');
  }, call.route.firstByteSecondsMax * 1_000);
  let answer: Response;
  try {
    answer =
      call.route.origin === null
        ? await forward(call, passage.upstreamSignal, deps)
        : await forwardToOrigin(passage.reservation, passage.upstreamSignal, deps);
  } catch (cause) {
    if (!passage.isClosed) {
      passage.close('origin-unreachable');
      return giveUp({ kind: 'origin-unreachable', cause: String(cause) });
    }
    return giveUp(closedDenial(passage));
  } finally {
    clearTimeout(timer);
  }
  if (call.route.origin === null && (refusesUs(answer.status) || isRedirect(answer.status))) {
    passage.close('origin-refused');
    return giveUp({ kind: 'origin-refused-us', status: answer.status });
  }
  if (isStreamed(call, answer) && answer.body !== null) {
    return streamed(passage, answer, answer.body as ReadableStream<Uint8Array>, deps);
  }
  return whole(passage, answer, giveUp, deps);
}

function streamed(
  passage: Passage,
  answer: Response,
  body: ReadableStream<Uint8Array>,
  deps: Deps,
): Response {
  const { call, counters } = passage.reservation;
  const ask = present(call.ask, 'ask');
  const { dialect, conversation, app } = call.route;
  const framing = dialect.framing(ask, answerTypeOf(answer));
  const events = dialect.openStream(ask, {
    hideUsage: !ask.wantsUsage,
    collectAnswer: conversation !== null || app !== null,
  });
  const watched = passage.ceiling.watch(watchTools(call.route, events));
  const reader = streamReader(keyGuard(call.route, deps).watch(watched), framing);
  const meter = new Meter(body, reader, framing, passage, deps.nowMs);
  passage.measure(answer, reader, meter);
  return new Response(meter.body(), {
    status: answer.status,
    headers: answerHead(call, answer, {
      ...callHeaders(call, 'allow', deps),
      ...rateLimitHeaders(counters, 0, deps.nowMs()),
      'X-Accel-Buffering': 'no',
    }),
  });
}

/**
 * An answer in one piece: usage is known before the caller sees it, so its cost is in the headers.
 */
async function whole(
  passage: Passage,
  answer: Response,
  giveUp: (denial: Denial) => Response,
  deps: Deps,
): Promise<Response> {
  const { call, counters, heldNanoUsd, toolCallsMax } = passage.reservation;
  const read = await readAll(answer);
  if (passage.isClosed) return giveUp(closedDenial(passage));
  if (read === null) {
    passage.close('origin-failed');
    return giveUp({ kind: 'origin-unreachable', cause: 'the answer broke off' });
  }
  const { dialect, conversation, app } = call.route;
  const usage = answer.ok ? dialect.readUsage(read.json, present(call.ask, 'ask')) : null;
  // It is charged the hold: all of it, where a stream was asked for and a slice was held.
  if (answer.ok && usage === null) await passage.hold.secure(passage.hold.demand.ceilingTokens);
  if (passage.isClosed) return giveUp(closedDenial(passage));
  const given =
    answer.ok && (conversation !== null || app !== null)
      ? (dialect.conversation?.readAnswer(read.json) ?? null)
      : null;
  const toolCalls = answer.ok ? dialect.toolCallsIn(read.json) : 0;
  const isPastCalls = toolCallsMax !== null && toolCalls > toolCallsMax;
  const called = answer.ok && !isPastCalls ? answerTools(call.route, read.json) : null;
  const isUnfit = called !== null && called.refused !== null;
  const showsKey = keyGuard(call.route, deps).isShownIn(read.bytes);
  passage.measure(
    answer,
    {
      usage: () => usage,
      visibleBytes: () => read.bytes.length,
      events: () => 0,
      toolCalls: () => (isPastCalls || isUnfit ? 0 : toolCalls),
      // What is withheld was not said.
      answer: () => (isPastCalls || isUnfit || showsKey ? null : given),
      ...(called === null ? {} : { calledTools: () => called }),
    },
    null,
  );
  const actual = passage.close(answer.ok ? 'complete' : 'origin-refused');
  if (showsKey) {
    return giveUp({ kind: 'origin-refused-us', status: answer.status });
  }
  if (isPastCalls) {
    logEvent('tool-calls-withheld', { requestId: call.requestId, toolCalls, toolCallsMax });
    return giveUp({ kind: 'tool-call-refused', tool: null });
  }
  if (isUnfit) {
    return giveUp({ kind: 'tool-call-refused', tool: called.inputs.invalid[0] ?? null });
  }
  const givenBackNanoUsd = heldNanoUsd - actual.nanoUsd;
  const receipt = passage.receipt(actual);
  return new Response(BODYLESS.has(answer.status) ? null : read.bytes, {
    status: answer.status,
    headers: answerHead(call, answer, {
      ...callHeaders(withGivenBack(call, givenBackNanoUsd), 'allow', deps),
      ...rateLimitHeaders(counters, givenBackNanoUsd, deps.nowMs()),
      ...(call.route.run === null ? { 'Weighbridge-Cost-NanoUsd': String(actual.nanoUsd) } : {}),
      ...(receipt === null ? {} : { 'Weighbridge-Receipt': receipt }),
    }),
  });
}
