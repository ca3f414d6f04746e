// What a prompt to Claude weighs beyond its bytes: pictures and documents, what the provider
// fetches or keeps, tools that it runs, and at which rates its cache is written.

import type { RateName } from '../pricing/rates.ts';
import type { ContentBlock } from './anthropic-messages-content.ts';
import { type AnthropicPrompt, CLIENT_TOOL } from './anthropic-messages-schema.ts';
import type { Ask } from './dialect.ts';
import { jsonChars, record, text } from './json-value.ts';
import { NeedTally } from './need-tally.ts';
import { scale } from './openai-chat-media.ts';

/**
 * A client tool brings a prompt that is not in the bytes: 245 tokens for bash, 700 for the text
 * editor (platform.claude.com/docs/en/agents-and-tools/tool-use, 2026-11). Held for each of them.
 */
export const CLIENT_TOOL_TOKENS = 1_024;
/** So does a schema that the answer has to keep to (…/build-with-claude/structured-outputs). */
export const FORMAT_TOKENS = 1_024;

export type Weighed = Pick<
  Ask,
  | 'promptChars'
  | 'messages'
  | 'tools'
  | 'serverTools'
  | 'needs'
  | 'needTimes'
  | 'media'
  | 'inputRates'
  | 'pieces'
>;

type Block = ContentBlock | { readonly type: 'tool_reference'; readonly cache_control?: unknown };
type Source = Extract<ContentBlock, { type: 'image' | 'document' }>['source'];

class Tally {
  chars = 0;
  readonly cache = new Set<RateName>();
  readonly needs = new NeedTally();
  readonly media = scale();

  addCache({ cache_control: control }: { readonly cache_control?: unknown }): void {
    if (control === undefined || control === null) return;
    this.cache.add(record(control)['ttl'] === '1h' ? 'cacheWriteHour' : 'cacheWrite');
  }

  addContent(content: string | readonly Block[]): void {
    if (typeof content === 'string') this.chars += content.length;
    else for (const block of content) this.#addBlock(block);
  }

  #addBlock(block: Block): void {
    if ('cache_control' in block) this.addCache(block);
    if (block.type === 'text') this.chars += block.text.length;
    else if (block.type === 'thinking') this.chars += block.thinking.length;
    else if (block.type === 'tool_use') this.chars += jsonChars(block.input);
    else if (block.type === 'tool_result') this.addContent(block.content ?? '');
    else if (block.type === 'image') this.#addImage(block.source);
    else if (block.type === 'document') this.#addDocument(block);
    else if (block.type === 'search_result') {
      this.#addFile('');
      this.chars += block.title.length;
      this.addContent(block.content);
    } else if (block.type !== 'redacted_thinking') {
      // Of a tool that the provider ran: encrypted pages, containers. Or a reference, in the place
      // of which it puts the whole definition of a tool, each time it stands there.
      this.needs.add('serverTools');
      this.chars += jsonChars(block);
    }
  }

  #isElsewhere(source: Source): boolean {
    if (source.type === 'url') this.needs.add('remoteMedia');
    if (source.type === 'file') this.needs.add('serverState');
    return source.type === 'url' || source.type === 'file';
  }

  #addImage(source: Source): void {
    if (this.#isElsewhere(source) || source.type !== 'base64') return;
    this.needs.add('images');
    this.media.image(source.data);
  }

  #addFile(base64: string): void {
    this.needs.add('files');
    this.media.file(base64, true);
  }

  /** A text that is cited from is cut into pieces with marks between them: more than its bytes. */
  #addDocument({ source, title, context }: Extract<ContentBlock, { type: 'document' }>): void {
    this.chars += (title?.length ?? 0) + (context?.length ?? 0);
    if (this.#isElsewhere(source)) return;
    this.#addFile(source.type === 'base64' ? source.data : '');
    if (source.type === 'text') this.chars += source.data.length;
    if (source.type === 'content') this.addContent(source.content);
  }
}

/** By their exact types, as the policy names them: another version is another tool. */
const serverToolsOf = ({ tools = [] }: AnthropicPrompt): readonly string[] =>
  tools
    .map(({ type }) => text(type))
    .filter((type) => type !== '' && type !== 'custom' && !CLIENT_TOOL.test(type));

export function weigh(prompt: AnthropicPrompt & { readonly container?: unknown }): Weighed {
  const tally = new Tally();
  tally.addCache(prompt);
  for (const { content } of prompt.messages) tally.addContent(content);
  tally.addContent(prompt.system ?? '');
  for (const tool of prompt.tools ?? []) tally.addCache(tool);
  if (typeof prompt.container === 'string') tally.needs.add('serverState');
  const serverTools = serverToolsOf(prompt);
  if (serverTools.length > 0) tally.needs.add('serverTools');
  const { output_config: output, output_format: format } = prompt;
  const hasFormat = (output?.format ?? format ?? null) !== null;
  const clientTools = (prompt.tools ?? []).filter(({ type }) => CLIENT_TOOL.test(text(type)));
  const hidden = clientTools.length * CLIENT_TOOL_TOKENS + (hasFormat ? FORMAT_TOKENS : 0);
  return {
    promptChars: tally.chars,
    messages: prompt.messages.length,
    tools: prompt.tools?.length ?? 0,
    serverTools,
    needs: tally.needs.needs(),
    needTimes: tally.needs.times(),
    media: tally.media.weigh(),
    inputRates: ['input', ...tally.cache],
    pieces: hidden === 0 ? {} : { input: hidden },
  };
}
