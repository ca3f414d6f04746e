// A Responses stream of our own with every kind of item that is shown piece by piece, event by
// event, the way the provider orders them.

export type ResponsesEvent = Readonly<Record<string, unknown>> & { readonly type: string };

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_790_000_000,
  model: 'gpt-5-mini-2025-08-07',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  service_tier: 'default',
};

const REASONING = {
  id: 'rs_1',
  type: 'reasoning',
  encrypted_content: 'gAAAAsealed',
  summary: [{ type: 'summary_text', text: 'Thinking about rain.' }],
};
const text = { type: 'output_text', text: 'It rains – “often”.', annotations: [], logprobs: [] };
const refusal = { type: 'refusal', refusal: 'No more of it.' };
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [text, refusal],
};
const CALL = {
  id: 'fc_1',
  type: 'function_call',
  call_id: 'call_1',
  name: 'weather',
  arguments: '{"city":"Bergen"}',
  status: 'completed',
};
const CUSTOM = {
  id: 'ctc_1',
  type: 'custom_tool_call',
  call_id: 'call_2',
  name: 'shell',
  input: 'ls -l',
  status: 'completed',
};
const ITEMS = [REASONING, MESSAGE, CALL, CUSTOM];

export const RESPONSES_USAGE = {
  input_tokens: 120,
  input_tokens_details: { cached_tokens: 64, cache_write_tokens: 8 },
  output_tokens: 90,
  output_tokens_details: { reasoning_tokens: 40 },
  total_tokens: 210,
};

const halves = (whole: string): readonly string[] => {
  const middle = Math.floor(whole.length / 2);
  return [whole.slice(0, middle), whole.slice(middle)];
};

type Bare = readonly [type: string, fields: object];

const deltas = (type: string, whole: string, fields: object): Bare[] =>
  halves(whole).map((delta) => [`${type}.delta`, { ...fields, delta }]);

function reasoningEvents(output_index: number): Bare[] {
  const whose = { item_id: REASONING.id, output_index, summary_index: 0 };
  const [part = { type: '', text: '' }] = REASONING.summary;
  return [
    ['response.output_item.added', { output_index, item: { ...REASONING, summary: [] } }],
    ['response.reasoning_summary_part.added', { ...whose, part: { ...part, text: '' } }],
    ...deltas('response.reasoning_summary_text', part.text, whose),
    ['response.reasoning_summary_text.done', { ...whose, text: part.text }],
    ['response.reasoning_summary_part.done', { ...whose, part }],
    ['response.output_item.done', { output_index, item: REASONING }],
  ];
}

function messageEvents(output_index: number): Bare[] {
  const of = (content_index: number) => ({ item_id: MESSAGE.id, output_index, content_index });
  const begun = { ...MESSAGE, status: 'in_progress', content: [] };
  return [
    ['response.output_item.added', { output_index, item: begun }],
    ['response.content_part.added', { ...of(0), part: { ...text, text: '' } }],
    ...deltas('response.output_text', text.text, { ...of(0), logprobs: [] }),
    ['response.output_text.done', { ...of(0), text: text.text, logprobs: [] }],
    ['response.content_part.done', { ...of(0), part: text }],
    ['response.content_part.added', { ...of(1), part: { ...refusal, refusal: '' } }],
    ...deltas('response.refusal', refusal.refusal, of(1)),
    ['response.refusal.done', { ...of(1), refusal: refusal.refusal }],
    ['response.content_part.done', { ...of(1), part: refusal }],
    ['response.output_item.done', { output_index, item: MESSAGE }],
  ];
}

function callEvents(output_index: number): Bare[] {
  const whose = { item_id: CALL.id, output_index };
  const begun = { ...CALL, arguments: '', status: 'in_progress' };
  return [
    ['response.output_item.added', { output_index, item: begun }],
    ...deltas('response.function_call_arguments', CALL.arguments, whose),
    ['response.function_call_arguments.done', { ...whose, arguments: CALL.arguments }],
    ['response.output_item.done', { output_index, item: CALL }],
  ];
}

function customEvents(output_index: number): Bare[] {
  const whose = { item_id: CUSTOM.id, output_index };
  const begun = { ...CUSTOM, input: '', status: 'in_progress' };
  return [
    ['response.output_item.added', { output_index, item: begun }],
    ...deltas('response.custom_tool_call_input', CUSTOM.input, whose),
    ['response.custom_tool_call_input.done', { ...whose, input: CUSTOM.input }],
    ['response.output_item.done', { output_index, item: CUSTOM }],
  ];
}

const begun = { ...RESPONSE, status: 'in_progress', output: [], usage: null };

/** What the terminal event carries. */
export const FINISHED_RESPONSE = {
  ...RESPONSE,
  status: 'completed',
  output: ITEMS,
  usage: RESPONSES_USAGE,
};

export const RESPONSES_EVENTS: readonly ResponsesEvent[] = (
  [
    ['response.created', { response: begun }],
    ['response.in_progress', { response: begun }],
    ...reasoningEvents(0),
    ...messageEvents(1),
    ...callEvents(2),
    ...customEvents(3),
    ['response.completed', { response: FINISHED_RESPONSE }],
  ] satisfies Bare[]
).map(([type, fields], sequence_number) => ({ type, sequence_number, ...fields }));

export const responsesBlock = (event: ResponsesEvent): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
