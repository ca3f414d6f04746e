// OpenAI speech: words in, sound out, as bytes or as events. Older models cost by the character,
// which is known beforehand; newer ones by the token of sound, which only events report.

import * as z from 'zod';
import type { Denial } from '../denial.ts';
import { isCount, type Usage } from '../pricing/usage.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { type Ask, type Dialect, type Narrowing, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { record } from './json-value.ts';
import { silentEvents, typedEvents } from './typed-events.ts';

/** The provider's own. */
const INPUT_CHARS_MAX = 4_096;
const INSTRUCTIONS_CHARS_MAX = 4_096;

const openaiSpeechRequest = z.strictObject({
  model: z.string().min(1).max(128),
  input: z.string().min(1).max(INPUT_CHARS_MAX),
  voice: z.union([z.string().min(1).max(128), z.strictObject({ id: z.string().min(1).max(128) })]),
  instructions: z.string().max(INSTRUCTIONS_CHARS_MAX).nullish(),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  stream_format: z.enum(['sse', 'audio']).nullish(),
});
type OpenaiSpeechRequest = z.infer<typeof openaiSpeechRequest>;

/** By the character: OpenAI's pricing page, "Speech generation", per million characters. */
const BY_THE_CHARACTER = new Set(['tts-1', 'tts-1-1106', 'tts-1-hd', 'tts-1-hd-1106']);

/**
 * A minute of sound is listed at $0.015 and a million of its tokens at $12: 1,250 tokens a minute,
 * 21 a second. English text read aloud takes 0.06 seconds a character (4,096 in 256 seconds); a
 * letter that is spelled out takes under 0.38, a digit or a sign that is read as a word under 1.
 */
const TOKENS_A_LETTER = 8;
const TOKENS_A_SIGN = 21;
const LETTERS = /[\p{Ll}\p{Lo}\p{M}\s]/gu;
/** A sign may stand for a sentence: U+FDFD is read as four words, an emoji by its name. */
const PICTURES = /\p{So}/gu;
const TOKENS_A_PICTURE = 84;
/** Of the shortest text: a breath, and silence around it. */
const TOKENS_LEAST = 256;

function soundTokensMax({ input, speed }: OpenaiSpeechRequest): number {
  // A ligature such as U+FDFA is one letter and 18.
  const text = input.normalize('NFKC');
  const letters = text.match(LETTERS)?.length ?? 0;
  const pictures = text.match(PICTURES)?.length ?? 0;
  const signs = [...text].length - letters - pictures;
  const atFullSpeed =
    letters * TOKENS_A_LETTER + signs * TOKENS_A_SIGN + pictures * TOKENS_A_PICTURE;
  return TOKENS_LEAST + Math.ceil(atFullSpeed / Math.min(speed ?? 1, 1));
}

/** UTF-16 units are at least as many as any count of characters. */
const charactersOf = ({ input }: OpenaiSpeechRequest): number => input.length;

function readRequest({ json }: RequestInput): Result<Ask, Denial> {
  const parsed = openaiSpeechRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const { model, instructions } = request;
  const isByTokens = model.startsWith('gpt-');
  const characters = charactersOf(request);
  return ok({
    ...PLAIN_ASK,
    model,
    stream: request.stream_format === 'sse',
    outputTokensMax: BY_THE_CHARACTER.has(model) ? 0 : soundTokensMax(request),
    isFixed: true,
    promptChars: characters + (instructions?.length ?? 0),
    messages: 1,
    outputRates: ['output', 'outputAudio'],
    // Of a model that is not known both are held: its row says which of them costs.
    pieces: isByTokens ? {} : { character: characters },
    body: request,
  });
}

function narrow(ask: Ask, _narrowing: Narrowing): Readonly<Record<string, unknown>> {
  const said = Object.entries(ask.body).filter(([, value]) => value !== null);
  return Object.fromEntries(said);
}

/** What is billed whatever comes back; null where it depends on that. */
function usageByCharacter(ask: Ask): Usage | null {
  const character = ask.pieces.character;
  if (!BY_THE_CHARACTER.has(ask.model) || character === undefined) return null;
  return {
    inputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    extras: { character },
  };
}

function soundUsage(value: unknown): Usage | null {
  const { input_tokens: input, output_tokens: output } = record(value);
  if (!isCount(input) || !isCount(output)) return null;
  return {
    inputTokens: input,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: output,
    reasoningTokens: 0,
    extras: { outputAudio: output },
  };
}

/** Sound passes as it comes; everything else is events, or an answer in one piece. */
const isSound = (answerType: string): boolean =>
  /^(?:audio\/|application\/octet-stream\b)/i.test(answerType);

export const openaiSpeech: Dialect = {
  id: 'openai-speech',
  family: 'openai',
  bodyKind: 'json',
  upstreamPath: '/v1/audio/speech',
  readRequest,
  narrow,
  framing: (_ask, answerType) => (isSound(answerType) ? 'bytes' : 'sse'),
  openStream: (ask) =>
    ask.stream
      ? typedEvents({
          endings: new Set(['speech.audio.done']),
          endingsExpected: 1,
          textOf: () => '',
          usageOf: ([done]) => usageByCharacter(ask) ?? soundUsage(done?.['usage']),
          early: ({ inputTokens, outputTokens }) => ({
            type: 'speech.audio.done',
            usage: {
              input_tokens: inputTokens,
              output_tokens: outputTokens,
              total_tokens: inputTokens + outputTokens,
            },
          }),
        })
      : silentEvents(usageByCharacter(ask)),
  readUsage: (_body, ask) => usageByCharacter(ask),
  toolCallsIn: () => 0,
};
