// What a prompt to Gemini weighs beyond its bytes: media in the request, media and contents that
// are elsewhere, tools that the provider runs, and answers that are not text.

import type { RateName } from '../pricing/rates.ts';
import type { Ask } from './dialect.ts';
import { type GeminiRequest, SERVER_TOOLS } from './gemini-schema.ts';
import { jsonChars } from './json-value.ts';
import { NeedTally } from './need-tally.ts';
import { isPdf, scale } from './openai-chat-media.ts';
import { schemaGrowth } from './schema-growth.ts';

type Weighed = Pick<
  Ask,
  | 'promptChars'
  | 'messages'
  | 'tools'
  | 'serverTools'
  | 'needs'
  | 'needTimes'
  | 'media'
  | 'inputRates'
  | 'outputRates'
  | 'pieces'
>;

type Content = GeminiRequest['contents'][number];
type Part = Content['parts'][number];
type InlineData = NonNullable<Part['inlineData']>;
type FileData = NonNullable<Part['fileData']>;

/** Drawings in words are none. */
const PICTURE = /^image\/(?:png|jpe?g|webp|gif|bmp|avif|heic|heif)$/i;

/** Files that were sent to the provider before; anything else it would fetch. */
const KEPT_FILE = /^(?:gs:\/\/|files\/|https:\/\/generativelanguage\.googleapis\.com\/)/;

class Tally {
  chars = 0;
  readonly needs = new NeedTally();
  readonly media = scale();

  addPart(part: Part): void {
    const { text, functionCall, functionResponse, executableCode, codeExecutionResult } = part;
    this.chars += text?.length ?? 0;
    this.chars += jsonChars(functionCall?.args) + jsonChars(functionResponse?.response);
    this.chars += executableCode?.code?.length ?? 0;
    this.chars += codeExecutionResult?.output?.length ?? 0;
    if (part.toolCall !== undefined || part.toolResponse !== undefined) {
      this.needs.add('serverTools');
      this.chars += jsonChars(part.toolCall) + jsonChars(part.toolResponse);
    }
    for (const { inlineData, fileData } of [part, ...(functionResponse?.parts ?? [])]) {
      if (inlineData !== undefined) this.#addData(inlineData);
      if (fileData !== undefined) this.#addFile(fileData);
    }
  }

  #addData({ mimeType, data }: InlineData): void {
    if (PICTURE.test(mimeType)) {
      this.needs.add('images');
      this.media.image(data);
    } else if (mimeType.startsWith('audio/')) {
      this.needs.add('audio');
      this.media.audio(data);
    } else {
      this.needs.add('files');
      this.media.file(data, isPdf(mimeType, null));
    }
  }

  #addFile({ fileUri }: FileData): void {
    this.needs.add(KEPT_FILE.test(fileUri) ? 'serverState' : 'remoteMedia');
  }
}

function outputRatesOf(
  tally: Tally,
  {
    responseModalities = [],
    speechConfig,
    imageConfig,
  }: NonNullable<GeminiRequest['generationConfig']>,
): readonly RateName[] {
  const rates: RateName[] = ['output'];
  if (responseModalities.includes('IMAGE') || imageConfig !== undefined) {
    tally.needs.add('imageOutput');
    rates.push('outputImage');
  }
  if (responseModalities.includes('AUDIO') || speechConfig !== undefined) {
    tally.needs.add('audioOutput');
    rates.push('outputAudio');
  }
  return rates;
}

/** Schemas of answers and of functions, beyond their bytes. */
function growthOf({ generationConfig, tools }: GeminiRequest): number {
  const declared = (tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
  return [
    generationConfig?.responseSchema,
    generationConfig?.responseJsonSchema,
    ...declared.flatMap((one) => [
      one.parameters,
      one.parametersJsonSchema,
      one.response,
      one.responseJsonSchema,
    ]),
  ].reduce((chars: number, schema) => chars + schemaGrowth(schema), 0);
}

export function weigh(request: GeminiRequest): Weighed {
  const tally = new Tally();
  const { contents, systemInstruction, tools } = request;
  const all = systemInstruction ? [systemInstruction, ...contents] : contents;
  for (const { parts } of all) for (const part of parts) tally.addPart(part);
  const offered = tools ?? [];
  const serverTools = offered.flatMap((tool) =>
    SERVER_TOOLS.filter((name) => tool[name] !== undefined && tool[name] !== null),
  );
  if (serverTools.length > 0) tally.needs.add('serverTools');
  if (typeof request.cachedContent === 'string') tally.needs.add('serverState');
  const functions = offered.flatMap((tool) => tool.functionDeclarations ?? []).length;
  const outputRates = outputRatesOf(tally, request.generationConfig ?? {});
  const media = tally.media.weigh();
  const growth = growthOf(request);
  const inputRates: RateName[] = ['input'];
  // What is kept or elsewhere may be a recording or a picture.
  const isUnseen = tally.needs.has('serverState') || tally.needs.has('remoteMedia');
  if (isUnseen || media.images > 0) inputRates.push('inputImage');
  if (isUnseen || media.audios > 0) inputRates.push('inputAudio');
  return {
    promptChars: tally.chars,
    messages: contents.length,
    tools: functions + serverTools.length,
    serverTools,
    needs: tally.needs.needs(),
    needTimes: tally.needs.times(),
    media,
    inputRates,
    outputRates,
    pieces: growth === 0 ? {} : { input: growth },
  };
}
