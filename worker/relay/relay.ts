// From the hold to the answer: forwards, then either streams with the meter beside it or takes an
// answer that comes in one piece. Every way out closes the passage.

import type { Denial } from '../../core/denial.ts';
import { present } from '../../core/result.ts';
import { callHeaders, rateLimitHeaders, refuse } from '../answer.ts';
import type { Deps } from '../env.ts';
import { withGivenBack } from '../human-pass.ts';
import { answerHeaders, forward } from './forward.ts';
import { meteredBody } from './meter.ts';
import type { Passage } from './passage.ts';
import { receiptJson, wantsReceipt } from './receipt.ts';
import { readAll } from './read-all.ts';

const isEventStream = (answer: Response): boolean =>
  /^text\/event-stream\b/i.test(answer.headers.get('Content-Type') ?? '');

/** The provider refused our own credentials: nobody else's business. */
const refusesUs = (status: number): boolean => status === 401 || status === 403;

export async function relay(passage: Passage, deps: Deps): Promise<Response> {
  const { call } = passage.reservation;
  const giveUp = (denial: Denial): Response =>
    refuse(denial, call.requestId, deps.policy.docsUrl, callHeaders(call, 'refuse', deps));
  const timer = setTimeout(() => {
    passage.close('origin-timeout');
  }, call.route.firstByteSecondsMax * 1_000);
  let answer: Response;
  try {
    answer = await forward(call, passage.upstreamSignal, deps);
  } catch (cause) {
    if (!passage.isClosed) {
      passage.close('origin-unreachable');
      return giveUp({ kind: 'origin-unreachable', cause: String(cause) });
    }
    // Closed already: a deadline did it, or the caller left and nobody reads this.
    return giveUp({ kind: 'origin-timeout', seconds: passage.elapsedSeconds() });
  } finally {
    clearTimeout(timer);
  }
  if (refusesUs(answer.status) || (answer.status >= 300 && answer.status < 400)) {
    passage.close('origin-refused');
    return giveUp({ kind: 'origin-refused-us', status: answer.status });
  }
  if (answer.status === 200 && isEventStream(answer) && answer.body !== null) {
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
  const usage = call.route.dialect.streamReader({
    hideUsage: !ask.wantsUsage,
    collectAnswer: call.route.conversation !== null,
  });
  passage.measure(answer, usage, true);
  return new Response(meteredBody(body, usage, passage), {
    status: answer.status,
    headers: {
      ...answerHeaders(answer),
      ...callHeaders(call, 'allow', deps),
      ...rateLimitHeaders(counters, 0, deps.nowMs()),
      'X-Accel-Buffering': 'no',
    },
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
  const { call, counters, heldNanoUsd } = passage.reservation;
  const read = await readAll(answer);
  if (passage.isClosed) {
    return giveUp({ kind: 'origin-timeout', seconds: passage.elapsedSeconds() });
  }
  if (read === null) {
    passage.close('origin-failed');
    return giveUp({ kind: 'origin-unreachable', cause: 'the answer broke off' });
  }
  const { dialect, conversation } = call.route;
  const usage = answer.ok ? dialect.readUsage(read.json) : null;
  const given = answer.ok && conversation !== null ? dialect.readAnswer(read.json) : null;
  passage.measure(
    answer,
    {
      usage: () => usage,
      visibleBytes: () => read.bytes.length,
      events: () => 0,
      answer: () => given,
    },
    false,
  );
  const actual = passage.close(answer.ok ? 'complete' : 'origin-refused');
  const givenBackNanoUsd = heldNanoUsd - actual.nanoUsd;
  return new Response(read.bytes, {
    status: answer.status,
    headers: {
      ...answerHeaders(answer),
      ...callHeaders(withGivenBack(call, givenBackNanoUsd), 'allow', deps),
      ...rateLimitHeaders(counters, givenBackNanoUsd, deps.nowMs()),
      'Weighbridge-Cost-NanoUsd': String(actual.nanoUsd),
      ...(wantsReceipt(call)
        ? { 'Weighbridge-Receipt': receiptJson(passage.reservation, actual, usage) }
        : {}),
    },
  });
}
