// OpenAI transcription: a recording in a form, its words as JSON, text or events. How long it plays
// is not known here; the route says how few bytes a second of it can have, and from that follow its
// seconds and its tokens. How much is written down is bounded by the route's own ceiling, because
// there is no field for one.

import type { Denial } from '../denial.ts';
import { AUDIO_HEAD_BYTES, declaredSeconds } from './audio-length.ts';
import { isCount, partOf, type Usage } from '../pricing/usage.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { type Ask, type Dialect, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { record, text } from './json-value.ts';
import {
  formOf,
  openaiTranscriptionRequest,
  type OpenaiTranscriptionRequest,
  valueOf,
} from './openai-transcription-form.ts';
import { PiecedText } from './openai-responses-output.ts';
import { typedEvents } from './typed-events.ts';

/** What of a transcript is kept, to be repeated if it is cut. */
const KEPT_CHARS_MAX = 32_768;

function readRequest({ form }: RequestInput): Result<Ask, Denial> {
  const parsed = openaiTranscriptionRequest.safeParse(valueOf(form));
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const { bytes } = request.file;
  const seconds = declaredSeconds(bytes.subarray(0, AUDIO_HEAD_BYTES), bytes.length);
  return ok({
    ...PLAIN_ASK,
    model: request.model,
    stream: request.stream === 'true',
    outputTokensMax: null,
    isFixed: true,
    promptChars: (request.prompt ?? '').length,
    messages: 1,
    needs: ['audio'],
    media: {
      ...PLAIN_ASK.media,
      audios: 1,
      audioBytes: bytes.length,
      payloadBytes: bytes.length,
      ...(seconds === null ? {} : { declaredAudio: { bytes: bytes.length, seconds } }),
    },
    inputRates: ['input', 'inputAudio'],
    body: request,
  });
}

/** What a model is billed by, where that is known: a report of the other kind is none. */
const BY_TOKENS = /^gpt-4o-/;
const BY_SECONDS = new Set(['whisper-1', 'gpt-transcribe']);

function readReport(value: unknown, { model }: Ask): Usage | null {
  const usage = record(value);
  const nothing = { cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  if (usage['type'] === 'duration' && !BY_TOKENS.test(model)) {
    const { seconds } = usage;
    const audioSecond = typeof seconds === 'number' ? Math.ceil(seconds) : null;
    if (!isCount(audioSecond)) return null;
    return { ...nothing, inputTokens: 0, outputTokens: 0, extras: { audioSecond } };
  }
  if (usage['type'] !== 'tokens' || BY_SECONDS.has(model)) return null;
  const { input_tokens: input, output_tokens: output } = usage;
  if (!isCount(input) || !isCount(output)) return null;
  const details = record(usage['input_token_details']);
  // What is not said to be text is sound, which is the dearer.
  const inputAudio = input - partOf(details['text_tokens'], input);
  return { ...nothing, inputTokens: input, outputTokens: output, extras: { inputAudio } };
}

function transcriptEvents(ask: Ask) {
  const words = new PiecedText();
  return typedEvents({
    endings: new Set(['transcript.text.done']),
    endingsExpected: 1,
    textOf(type, event) {
      if (type !== 'transcript.text.delta') return '';
      const delta = text(event['delta']);
      if (words.length + delta.length <= KEPT_CHARS_MAX) words.append(delta);
      return delta;
    },
    usageOf: ([done]) => readReport(done?.['usage'], ask),
    early: ({ inputTokens, outputTokens }) => ({
      type: 'transcript.text.done',
      text: words.whole(),
      usage: {
        type: 'tokens',
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        total_tokens: inputTokens + outputTokens,
      },
    }),
  });
}

export const openaiTranscription: Dialect = {
  id: 'openai-transcription',
  family: 'openai',
  bodyKind: 'form',
  upstreamPath: '/v1/audio/transcriptions',
  readRequest,
  narrow: (ask) => formOf(ask.body as OpenaiTranscriptionRequest),
  framing: () => 'sse',
  openStream: transcriptEvents,
  readUsage: (body, ask) => readReport(record(body)['usage'], ask),
  toolCallsIn: () => 0,
};
