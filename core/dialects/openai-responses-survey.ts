// What of a Responses request bytes do not bound, and how much of it there is: what the provider
// remembers, what it would fetch or run by itself, pictures, files and sounds.

import type { Media } from './media.ts';
import type { Need } from './need.ts';
import { NeedTally } from './need-tally.ts';
import { fileData, imageData, isPdf, scale, typeOf } from './openai-chat-media.ts';
import type { Item, Part } from './openai-responses-items.ts';
import type { OpenaiResponsesRequest } from './openai-responses-schema.ts';
import type { Tool, ToolChoice } from './openai-responses-tools.ts';

export type Survey = {
  readonly needs: readonly Need[];
  readonly needTimes: Readonly<Partial<Record<Need, number>>>;
  readonly serverTools: readonly string[];
  readonly media: Media;
  readonly promptChars: number;
};

/** Everything that is counted while the request is walked through. */
class Tally {
  readonly needs = new NeedTally();
  readonly serverTools = new Set<string>();
  readonly scale = scale();
  chars = 0;

  text(text: string | null | undefined): void {
    this.chars += text?.length ?? 0;
  }

  state(value: unknown): void {
    if (value !== null && value !== undefined) this.needs.add('serverState');
  }

  /** A sealed text is longer than what it says: all of them are held for as one. */
  sealed(): void {
    if (!this.needs.has('sealedReasoning')) this.needs.add('sealedReasoning');
  }

  serverTool(kind: string): void {
    this.needs.add('serverTools');
    this.serverTools.add(kind);
  }

  image(url: string): void {
    const data = imageData(url);
    this.needs.add(data === null ? 'remoteMedia' : 'images');
    if (data !== null) this.scale.image(data);
  }

  /** Bare base64 has its name for a type. */
  file(url: string, fileName: string | null | undefined): void {
    const data = fileData(url);
    this.needs.add('files');
    if (data !== null) this.scale.file(data, isPdf(typeOf(url), fileName));
    else this.scale.file(url, fileName ? isPdf('application/pdf', fileName) : false);
  }

  audio(data: string): void {
    this.needs.add('audio');
    this.scale.audio(data);
  }
}

function countPart(tally: Tally, part: Part): void {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      tally.text(part.text);
      return;
    case 'refusal':
      tally.text(part.refusal);
      return;
    case 'input_image':
      tally.state(part.file_id);
      if (typeof part.image_url === 'string') tally.image(part.image_url);
      return;
    case 'input_file':
      tally.state(part.file_id);
      if (typeof part.file_url === 'string') tally.needs.add('remoteMedia');
      if (typeof part.file_data === 'string') tally.file(part.file_data, part.filename);
      return;
    case 'input_audio':
      tally.audio(part.input_audio.data);
  }
}

function countContent(tally: Tally, content: string | readonly Part[]): void {
  if (typeof content === 'string') tally.text(content);
  else for (const part of content) countPart(tally, part);
}

function countItem(tally: Tally, item: Item): void {
  switch (item.type) {
    case undefined:
    case 'message':
      countContent(tally, item.content);
      return;
    case 'function_call':
      tally.text(item.arguments);
      return;
    case 'custom_tool_call':
      tally.text(item.input);
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      countContent(tally, item.output);
      return;
    case 'reasoning':
      for (const { text } of [...(item.summary ?? []), ...(item.content ?? [])]) tally.text(text);
      // Sealed, or looked up by its id: only the provider knows how long it is.
      if (item.encrypted_content ?? null) tally.sealed();
      else if ((item.content ?? []).length === 0) tally.state(item.id);
      return;
    case 'item_reference':
      tally.state(item.id);
      return;
    case 'web_search_call':
    case 'file_search_call':
      tally.serverTool(item.type.slice(0, -'_call'.length));
      return;
    case 'code_interpreter_call':
      tally.serverTool('code_interpreter');
      tally.state(item.container_id);
  }
}

function countTool(tally: Tally, tool: Tool): void {
  if (tool.type === 'function' || tool.type === 'custom') return;
  tally.serverTool(tool.type);
  if (tool.type === 'code_interpreter') {
    if (typeof tool.container === 'string') tally.state(tool.container);
    else tally.state(tool.container.file_ids);
  }
  if (tool.type === 'image_generation') tally.needs.add('imageOutput');
}

function countChoice(tally: Tally, choice: ToolChoice | undefined): void {
  if (typeof choice !== 'object') return;
  const chosen = choice.type === 'allowed_tools' ? choice.tools : [choice];
  for (const { type } of chosen) {
    if (type !== 'function' && type !== 'custom') tally.serverTool(type);
  }
}

export function surveyOf(request: OpenaiResponsesRequest): Survey {
  const tally = new Tally();
  tally.text(request.instructions);
  if (typeof request.input === 'string') tally.text(request.input);
  else for (const item of request.input) countItem(tally, item);
  for (const tool of request.tools ?? []) countTool(tally, tool);
  countChoice(tally, request.tool_choice);
  tally.state(request.previous_response_id);
  tally.state(request.conversation);
  tally.state(request.prompt);
  for (const text of Object.values(request.prompt?.variables ?? {})) tally.text(text);
  if (request.background === true) tally.needs.add('background');
  if (request.reasoning?.mode === 'pro') tally.needs.add('proMode');
  return {
    needs: tally.needs.needs(),
    needTimes: tally.needs.times(),
    serverTools: [...tally.serverTools],
    media: tally.scale.weigh(),
    promptChars: tally.chars,
  };
}
