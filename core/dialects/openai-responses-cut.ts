// The end of a Responses stream that we cut, in the provider's own words: what is open is closed as
// incomplete, then `response.incomplete`. Calls of tools are not closed: an event that says a call
// is done makes clients run it, with half of its arguments.

import type { Cut } from './dialect.ts';
import type { Json } from './json-value.ts';
import type { OpenItem, OutputTracker, Part } from './openai-responses-output.ts';

/** Of the response that is being cut, as its first events described it. */
export type ResponseHead = { readonly id: string; readonly fields: Json };

const event = (type: string, sequence: number, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`;

function partJson(part: Part): Json {
  const { kind } = part;
  const text = part.text.whole();
  if (kind === 'refusal') return { type: kind, refusal: text };
  if (kind === 'output_text') return { type: kind, text, annotations: [], logprobs: [] };
  return { type: kind, text };
}

const inOrder = (parts: readonly Part[]): readonly Part[] =>
  parts.toSorted((first, second) => first.at - second.at);

/** An item as far as it came. */
function incomplete({ identity, parts, input }: OpenItem): Json {
  const ordered = inOrder(parts);
  const contents = ordered.filter(({ kind }) => kind !== 'summary_text').map(partJson);
  const summary = ordered.filter(({ kind }) => kind === 'summary_text').map(partJson);
  const status = 'incomplete';
  switch (identity['type']) {
    case 'message':
      return { ...identity, status, content: contents };
    case 'reasoning':
      return {
        ...identity,
        status,
        summary,
        ...(contents.length > 0 ? { content: contents } : {}),
      };
    case 'function_call':
      return { ...identity, status, arguments: input.whole() };
    case 'custom_tool_call':
      return { ...identity, status, input: input.whole() };
    default:
      return { ...identity, status };
  }
}

type Closing = readonly (readonly [type: string, fields: object])[];

const SAID: Readonly<Record<Part['kind'], string>> = {
  output_text: 'response.output_text.done',
  refusal: 'response.refusal.done',
  reasoning_text: 'response.reasoning_text.done',
  summary_text: 'response.reasoning_summary_text.done',
};

function closePart(item: OpenItem, part: Part): Closing {
  const { kind, at, stage } = part;
  if (stage === 'closed') return [];
  const isSummary = kind === 'summary_text';
  const whose = {
    item_id: item.identity['id'],
    output_index: item.index,
    [isSummary ? 'summary_index' : 'content_index']: at,
  };
  const text = part.text.whole();
  const words = kind === 'refusal' ? { refusal: text } : { text };
  const said = { ...whose, ...words, ...(kind === 'output_text' ? { logprobs: [] } : {}) };
  const closed = isSummary ? 'response.reasoning_summary_part.done' : 'response.content_part.done';
  return [
    ...(stage === 'open' ? [[SAID[kind], said] as const] : []),
    [closed, { ...whose, part: partJson(part) }],
  ];
}

const CLOSED = new Set<unknown>(['message', 'reasoning']);

function closeItem(item: OpenItem): Closing {
  if (!CLOSED.has(item.identity['type'])) return [];
  return [
    ...inOrder(item.parts).flatMap((part) => closePart(item, part)),
    ['response.output_item.done', { output_index: item.index, item: incomplete(item) }],
  ];
}

/** What SDKs read of a response although it says nothing here. */
const DEFAULTS = {
  object: 'response',
  created_at: 0,
  model: '',
  error: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
};

/** Nothing came yet, not even a name for it. */
const UNNAMED = 'resp_unnamed';

export function endOfResponse(
  cut: Cut,
  head: ResponseHead | null,
  output: OutputTracker,
  lastSequence: number,
): string {
  let sequence = lastSequence;
  const write = ([type, fields]: Closing[number]): string => event(type, (sequence += 1), fields);
  if (cut.as === 'error') {
    return write(['error', { code: 'stream_ended', message: cut.sentence, param: null }]);
  }
  const response = { ...DEFAULTS, ...head?.fields, id: head?.id ?? UNNAMED };
  const begun = { ...response, status: 'in_progress', incomplete_details: null, output: [] };
  const { inputTokens, outputTokens } = cut;
  const isPartial = output.isPartial;
  const items = new Map(output.done());
  for (const item of output.open()) items.set(item.index, incomplete(item));
  const ordered = [...items].toSorted(([first], [second]) => first - second);
  const ended = {
    ...response,
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    // A part of the text would be taken for all of it.
    output: isPartial ? [] : ordered.map(([, item]) => item),
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
  return [
    ...(head === null ? [['response.created', { response: begun }] as const] : []),
    ...(isPartial ? [] : output.open().flatMap(closeItem)),
    ['response.incomplete', { response: ended }] as const,
  ]
    .map(write)
    .join('');
}
