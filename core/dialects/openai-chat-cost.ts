// What a Chat Completions request asks for beside text that bytes bound: media, state that the
// provider keeps, searches. It names the needs; whether a route offers them is not decided here.

import type { RateName } from '../pricing/rates.ts';
import { type Ask, PLAIN_ASK } from './dialect.ts';
import type { Media } from './media.ts';
import type { Need } from './need.ts';
import { NeedTally } from './need-tally.ts';
import type { ChatMessage } from './openai-chat-messages.ts';
import { fileData, imageData, isPdf, scale, typeOf } from './openai-chat-media.ts';
import type { OpenaiChatRequest } from './openai-chat-schema.ts';

/**
 * These search whatever they are asked: OpenAI's search models ("always retrieves information from
 * the web", developers.openai.com/api/docs/guides/tools-web-search), and OpenRouter's suffix.
 */
const SEARCHES_ALWAYS = /-search-(?:preview|api)(?:-|$)|:online(?::|$)/i;
/** Groq's compound systems run tools that nobody asked for (console.groq.com/docs/compound). */
const COMPOUND = /(?:^|\/)compound(?:-|$)/i;

export type ChatCost = {
  readonly needs: readonly Need[];
  readonly needTimes: NonNullable<Ask['needTimes']>;
  readonly media: Media;
  readonly serverTools: readonly string[];
  readonly inputRates: readonly RateName[];
  readonly outputRates: readonly RateName[];
  readonly pieces: Ask['pieces'];
};

function serverToolsOf(request: OpenaiChatRequest): string[] {
  const { model, web_search_options: search, search_parameters: live } = request;
  const names: string[] = [];
  if (SEARCHES_ALWAYS.test(model) || isThere(search)) names.push('web_search');
  if (isThere(live) && live.mode !== 'off') names.push('live_search');
  if (COMPOUND.test(model)) names.push('compound');
  return names;
}

const isThere = <Value>(value: Value | null | undefined): value is Value =>
  value !== null && value !== undefined;

const partsOf = ({ content }: ChatMessage) => (Array.isArray(content) ? content : []);

export function chatCost(request: OpenaiChatRequest): ChatCost {
  const needs = new NeedTally();
  const weights = scale();
  for (const message of request.messages) {
    if (message.role === 'assistant' && isThere(message.audio)) needs.add('serverState');
    for (const part of partsOf(message)) {
      if (part.type === 'image_url') {
        const data = imageData(part.image_url.url);
        needs.add(data === null ? 'remoteMedia' : 'images');
        if (data !== null) weights.image(data);
      } else if (part.type === 'input_audio') {
        needs.add('audio');
        weights.audio(part.input_audio.data);
      } else if (part.type === 'file') {
        const { file_data: url = '', filename } = part.file;
        const data = fileData(url);
        needs.add(data === null ? 'serverState' : 'files');
        if (data !== null) weights.file(data, isPdf(typeOf(url), filename));
      }
    }
  }
  const speaks = isThere(request.audio) || request.modalities?.includes('audio') === true;
  if (speaks) needs.add('audioOutput');
  if (typeof request.audio?.voice === 'object') needs.add('serverState');
  const serverTools = serverToolsOf(request);
  if (serverTools.length > 0) needs.add('serverTools');
  const inputRates: RateName[] = [...PLAIN_ASK.inputRates];
  if (needs.has('images') || needs.has('remoteMedia')) inputRates.push('inputImage');
  // An earlier answer, and a file that the provider keeps, may be a recording or a picture.
  if (needs.has('audio') || needs.has('serverState')) inputRates.push('inputAudio');
  if (needs.has('files') || needs.has('serverState')) inputRates.push('inputImage');
  return {
    needs: needs.needs(),
    needTimes: needs.times(),
    media: weights.weigh(),
    serverTools,
    inputRates: [...new Set(inputRates)],
    outputRates: speaks ? ['output', 'outputAudio'] : PLAIN_ASK.outputRates,
    // One search is certain; for more the route holds what it says.
    pieces: serverTools.includes('web_search') ? { webSearch: 1 } : PLAIN_ASK.pieces,
  };
}
