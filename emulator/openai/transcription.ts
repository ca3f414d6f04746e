/**
 * POST /v1/audio/transcriptions: a multipart upload, answered as JSON, text, verbose JSON or
 * events. whisper-1 is sold by the second, the others by the token. The audio is not listened to:
 * its length is the script's, a WAV header's, or a second per SECOND_BYTES.
 */
import { chunkFrame, plainFrame, wholeFrames } from '../answer-frame.ts';
import type { Answer, Frames } from '../answer-frame.ts';
import { isProviderError } from '../dialect.ts';
import type { AskedAnswer, Dialect, ProviderError, ReceivedCall } from '../dialect.ts';
import { readMultipart } from '../multipart.ts';
import { findPrice, NOTHING } from '../prices.ts';
import type { ModelPrice } from '../prices.ts';
import { planSpeech, wholeSpeech } from '../speech-plan.ts';
import type { SpeechPlan } from '../speech-plan.ts';
import { BREAK } from './chat-server.ts';
import { invalidRequest, missingModel, unknownModel } from './openai-error.ts';
import { OPENAI_VOICE } from './openai-voice.ts';

export const OPENAI_TRANSCRIPTION: Dialect = {
  id: 'openai-transcription',
  idPrefix: 'transcript-',
  voice: OPENAI_VOICE,
  read: (received) => {
    const wish = readUpload(received);
    if (isProviderError(wish)) return wish;
    const { model, price, seconds, promptTokens } = wish;
    const audioInputTokens = price.secondPicoUsd > 0 ? 0 : seconds * TOKENS_PER_SECOND;
    return {
      model,
      price,
      input: {
        ...NOTHING,
        inputTokens: audioInputTokens + promptTokens,
        audioInputTokens,
        feesPicoUsd: seconds * price.secondPicoUsd,
      },
      answer: (asked) => transcriptionAnswer(wish, asked),
    };
  },
};

const TOKENS_PER_SECOND = 10;
/** 128 kbit/s. */
const SECOND_BYTES = 16_000;
const PROMPT_BYTES_PER_TOKEN = 4;
const WAV_HEADER_BYTES = 44;
const WAV_RATE_OFFSET = 28;

type Upload = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly seconds: number;
  readonly promptTokens: number;
  readonly format: string;
  readonly isStream: boolean;
};

function readUpload({ headers, body }: ReceivedCall): Upload | ProviderError {
  const parts = readMultipart(headers['content-type'] ?? '', body.bytes);
  if (parts === undefined) return invalidRequest('The body is not multipart/form-data.');
  const field = (name: string) => parts.get(name)?.bytes.toString('utf8') ?? '';
  const model = field('model');
  if (model === '') return missingModel();
  const price = findPrice(model, 'openai', 'transcription');
  if (price === undefined) return unknownModel(model);
  const file = parts.get('file');
  if (file === undefined || !file.isFile) {
    return invalidRequest("Missing required parameter: 'file'.", 'file');
  }
  const isTokenPriced = price.secondPicoUsd === 0;
  const format = field('response_format') || 'json';
  if (isTokenPriced && format !== 'json' && format !== 'text') {
    return invalidRequest(`response_format '${format}' is not compatible with ${model}.`);
  }
  return {
    model,
    price,
    seconds: audioSeconds(file.bytes),
    promptTokens: isTokenPriced ? Math.ceil(field('prompt').length / PROMPT_BYTES_PER_TOKEN) : 0,
    format,
    // whisper-1 is documented to ignore it.
    isStream: isTokenPriced && field('stream') === 'true',
  };
}

/** Whole seconds, begun ones counted. */
function audioSeconds(bytes: Buffer): number {
  const isWav = bytes.length > WAV_HEADER_BYTES && bytes.subarray(0, 4).toString() === 'RIFF';
  const rate = isWav ? bytes.readUInt32LE(WAV_RATE_OFFSET) : SECOND_BYTES;
  const audioBytes = isWav ? bytes.length - WAV_HEADER_BYTES : bytes.length;
  return Math.max(1, Math.ceil(audioBytes / Math.max(1, rate)));
}

const WISH = { choices: 1, outputTokensMax: Infinity, tools: [], showsThinking: false };

function transcriptionAnswer(wish: Upload, asked: AskedAnswer): Answer {
  const { isStream, price } = wish;
  const plan = planSpeech(asked, { ...WISH, isStream, speaksRefusal: false });
  const tokensEach = price.secondPicoUsd > 0 ? 0 : 1;
  const isText = wish.format === 'text' || wish.format === 'srt' || wish.format === 'vtt';
  const ticks = { hidden: 0, visible: plan.pieces.length, tokensEach };
  return {
    status: 200,
    contentType: isStream
      ? 'text/event-stream; charset=utf-8'
      : isText
        ? 'text/plain; charset=utf-8'
        : 'application/json',
    isStream,
    frames: isStream ? streamFrames(wish, plan) : wholeFrames(ticks, () => wholeBody(wish, plan)),
    chunkCount: plan.pieces.length,
    outputTokens: plan.pieces.length * tokensEach,
  };
}

function usageOf({ price, seconds }: Upload, plan: SpeechPlan): object | undefined {
  const { tell, input, pieces } = plan;
  if (tell === undefined) return undefined;
  if (price.secondPicoUsd > 0) return { type: 'duration', seconds: tell(seconds) };
  return {
    type: 'tokens',
    total_tokens: tell(input.inputTokens + pieces.length),
    input_tokens: tell(input.inputTokens),
    input_token_details: {
      text_tokens: input.inputTokens - input.audioInputTokens,
      audio_tokens: input.audioInputTokens,
    },
    output_tokens: tell(pieces.length),
  };
}

function wholeBody(wish: Upload, plan: SpeechPlan): string {
  const text = wholeSpeech(plan.pieces).content;
  const usage = usageOf(wish, plan);
  switch (wish.format) {
    case 'text':
    case 'srt':
    case 'vtt':
      return `${text}\n`;
    case 'verbose_json': {
      const { seconds } = wish;
      const verbose = { task: 'transcribe', language: 'english', duration: seconds, text };
      return JSON.stringify({ ...verbose, segments: [], usage });
    }
    default:
      return JSON.stringify({ text, usage });
  }
}

function* streamFrames(wish: Upload, plan: SpeechPlan): Frames {
  const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
  for (const piece of plan.pieces) {
    const delta = 'text' in piece ? piece.text : '';
    yield chunkFrame(event({ type: 'transcript.text.delta', delta }));
  }
  if (plan.breaks !== false) return yield plainFrame(BREAK);
  const usage = usageOf(wish, plan);
  const text = wholeSpeech(plan.pieces).content;
  yield plainFrame(event({ type: 'transcript.text.done', text, ...(usage && { usage }) }));
}
