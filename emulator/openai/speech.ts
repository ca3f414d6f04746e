/**
 * POST /v1/audio/speech: made-up audio, as raw bytes or, from the models that sell tokens, as
 * events with usage in the last. tts-1 is sold by the character of its input.
 */
import { chunkFrame, plainFrame } from '../answer-frame.ts';
import type { Answer, Frames } from '../answer-frame.ts';
import { isProviderError } from '../dialect.ts';
import type { AskedAnswer, Dialect, ProviderError } from '../dialect.ts';
import { jsonBytes, parseObject, tokensOfBytes } from '../json-record.ts';
import type { JsonObject } from '../json-record.ts';
import { findPrice, NOTHING } from '../prices.ts';
import type { ModelPrice } from '../prices.ts';
import { tellerOf } from '../usage-teller.ts';
import { invalidRequest, missingModel, unknownModel, unparsable } from './openai-error.ts';
import { OPENAI_VOICE } from './openai-voice.ts';

export const OPENAI_SPEECH: Dialect = {
  id: 'openai-speech',
  idPrefix: 'speech-',
  voice: OPENAI_VOICE,
  read: ({ body }) => {
    const record = parseObject(body.text);
    if (record === undefined) return unparsable();
    const wish = readSpeech(record);
    if (isProviderError(wish)) return wish;
    const { model, price, inputTokens, characters } = wish;
    return {
      model,
      price,
      input: { ...NOTHING, inputTokens, feesPicoUsd: characters * price.characterPicoUsd },
      answer: (asked) => speechAnswer(wish, asked),
    };
  },
};

const INPUT_CHARACTERS_MAX = 4_096;
const BYTES_PER_TOKEN = 320;

type SpeechWishes = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly characters: number;
  readonly inputTokens: number;
  readonly isEvents: boolean;
  readonly contentType: string;
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/opus',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

function readSpeech(record: JsonObject): SpeechWishes | ProviderError {
  const { model, input, response_format: format = 'mp3' } = record;
  if (typeof model !== 'string') return missingModel();
  const price = findPrice(model, 'openai', 'speech');
  if (price === undefined) return unknownModel(model);
  if (typeof input !== 'string' || input === '' || input.length > INPUT_CHARACTERS_MAX) {
    return invalidRequest(`'input' must have 1 to ${INPUT_CHARACTERS_MAX} characters.`, 'input');
  }
  const isTokenPriced = price.characterPicoUsd === 0;
  const isEvents = record['stream_format'] === 'sse';
  if (isEvents && !isTokenPriced) {
    return invalidRequest(`'sse' is not supported for ${model}.`, 'stream_format');
  }
  const bytes = jsonBytes(input) + jsonBytes(record['instructions']);
  return {
    model,
    price,
    characters: isTokenPriced ? 0 : Array.from(input).length,
    inputTokens: isTokenPriced ? tokensOfBytes(bytes) : 0,
    isEvents,
    contentType: CONTENT_TYPES[String(format)] ?? 'audio/mpeg',
  };
}

/** A visible token of the script is a token of audio. */
function speechAnswer(wish: SpeechWishes, { run, record, callsBefore }: AskedAnswer): Answer {
  const tokens = run.pieces.length;
  const outputTokens = wish.price.characterPicoUsd === 0 ? tokens : 0;
  const tell = tellerOf(run.script.fault, callsBefore);
  const { inputTokens } = record.units;
  const usage = tell && {
    input_tokens: tell(inputTokens),
    output_tokens: tell(outputTokens),
    total_tokens: tell(inputTokens + outputTokens),
  };
  return {
    status: 200,
    contentType: wish.isEvents ? 'text/event-stream; charset=utf-8' : wish.contentType,
    isStream: true,
    frames: frames(wish.isEvents, tokens, outputTokens === 0 ? 0 : 1, usage),
    chunkCount: tokens,
    outputTokens,
  };
}

function* frames(
  isEvents: boolean,
  tokens: number,
  tokensEach: number,
  usage: object | undefined,
): Frames {
  const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
  for (let token = 0; token < tokens; token += 1) {
    // 0xff 0xfb opens a frame of MP3.
    const audio = new Uint8Array(BYTES_PER_TOKEN).fill(token % 251);
    audio.set([0xff, 0xfb]);
    const delta = { type: 'speech.audio.delta', audio: Buffer.from(audio).toString('base64') };
    yield chunkFrame(isEvents ? event(delta) : audio, tokensEach);
  }
  if (isEvents) yield plainFrame(event({ type: 'speech.audio.done', ...(usage && { usage }) }));
}
