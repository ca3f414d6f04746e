/**
 * The legacy POST /v1/completions: prompts as a string, strings, a token array or several; `n`,
 * `best_of` and `echo`; 16 tokens where no ceiling is set. It has no tools and no reasoning.
 */
import { chunkFrame, hiddenFrames, plainFrame, wholeFrames } from '../answer-frame.ts';
import type { Answer, Frames } from '../answer-frame.ts';
import { isProviderError } from '../dialect.ts';
import type { Dialect, ProviderError } from '../dialect.ts';
import { isObject, isWholeNumber, parseObject } from '../json-record.ts';
import type { JsonObject } from '../json-record.ts';
import { findPrice, plainInput } from '../prices.ts';
import type { ModelPrice } from '../prices.ts';
import { planSpeech, wholeSpeech } from '../speech-plan.ts';
import type { SpeechPlan } from '../speech-plan.ts';
import { BREAK, DONE } from './chat-server.ts';
import { countInput } from './input-list.ts';
import { missingModel, unknownModel, unparsable, wrongType } from './openai-error.ts';
import { OPENAI_VOICE } from './openai-voice.ts';

export const OPENAI_COMPLETIONS: Dialect = {
  id: 'openai-completions',
  idPrefix: 'cmpl-',
  voice: OPENAI_VOICE,
  read: ({ body }) => {
    const record = parseObject(body.text);
    if (record === undefined) return unparsable();
    const read = readCompletion(record);
    if (isProviderError(read)) return read;
    return {
      model: read.model,
      price: read.price,
      input: plainInput(Math.min(read.inputTokens, body.bodyBytes)),
      answer: (asked) => completionAnswer(planSpeech(asked, { ...SPEAKS, ...read }), read),
    };
  },
};

const CEILING_DEFAULT = 16;
const CEILING_MAX = 1_000_000;
const CHOICES_MAX = 128;
const BEST_OF_MAX = 20;
const SPEAKS = { tools: [], showsThinking: false, speaksRefusal: true };

type Completion = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly inputTokens: number;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
  readonly choices: number;
  /** Generated for each shown choice, the best of which is shown. */
  readonly generatedPerChoice: number;
  readonly outputTokensMax: number;
  readonly echoed: string;
};

function readCompletion(record: JsonObject): Completion | ProviderError {
  const { model, prompt = '<|endoftext|>', n = 1, max_tokens: ceiling = CEILING_DEFAULT } = record;
  const bestOf = record['best_of'] ?? n ?? 1;
  if (typeof model !== 'string') return missingModel();
  const price = findPrice(model, 'openai', 'completions');
  if (price === undefined) return unknownModel(model);
  const input = countInput(prompt);
  if (input === undefined) return wrongType('prompt', 'a string or a list');
  if (!isWholeNumber(n, 1, CHOICES_MAX)) return wrongType('n', `1 to ${CHOICES_MAX}`);
  if (!isWholeNumber(bestOf, n, Math.max(n, BEST_OF_MAX))) {
    return wrongType('best_of', `at least 'n' and at most ${BEST_OF_MAX}`);
  }
  if (!isWholeNumber(ceiling, 0, CEILING_MAX)) return wrongType('max_tokens', 'an integer');
  const choices = n * input.count;
  const options = record['stream_options'];
  return {
    model,
    price,
    inputTokens: input.tokens,
    isStream: record['stream'] === true,
    includeUsage: isObject(options) && options['include_usage'] === true,
    choices,
    generatedPerChoice: bestOf / n,
    outputTokensMax: Math.min(ceiling, Math.floor(CEILING_MAX / choices)),
    echoed: record['echo'] === true && typeof prompt === 'string' ? prompt : '',
  };
}

function completionAnswer(plan: SpeechPlan, asked: Completion): Answer {
  const each = Math.ceil(plan.choices * asked.generatedPerChoice);
  const outputTokens = (plan.hiddenTokens + plan.pieces.length) * each;
  const told = { ...plan, outputTokens };
  const ticks = { hidden: plan.hiddenTokens, visible: plan.pieces.length, tokensEach: each };
  return {
    status: 200,
    contentType: asked.isStream ? 'text/event-stream' : 'application/json',
    isStream: asked.isStream,
    frames: asked.isStream
      ? streamFrames(told, asked, each)
      : wholeFrames(ticks, () => JSON.stringify(wholeBody(told, asked), null, 2)),
    chunkCount: plan.pieces.length,
    outputTokens,
  };
}

const finishOf = (plan: SpeechPlan): string => (plan.ending === 'length' ? 'length' : 'stop');

const usageOf = ({ tell, input, outputTokens }: SpeechPlan) =>
  tell && {
    prompt_tokens: tell(input.inputTokens),
    completion_tokens: tell(outputTokens),
    total_tokens: tell(input.inputTokens + outputTokens),
  };

const headOf = (plan: SpeechPlan) => ({
  id: plan.id,
  object: 'text_completion',
  created: plan.createdSeconds,
});

function* streamFrames(plan: SpeechPlan, asked: Completion, each: number): Frames {
  const { model, includeUsage, echoed } = asked;
  const usageNull = includeUsage ? { usage: null } : {};
  const event = (text: string, finish: string | null): string => {
    let blocks = '';
    for (let index = 0; index < plan.choices; index += 1) {
      const choices = [{ text, index, logprobs: null, finish_reason: finish }];
      const chunk = { ...headOf(plan), choices, model, ...usageNull };
      blocks += `data: ${JSON.stringify(chunk)}\n\n`;
    }
    return blocks;
  };
  if (echoed !== '') yield plainFrame(event(echoed, null));
  yield* hiddenFrames(plan.hiddenTokens, each);
  for (const piece of plan.pieces) {
    yield chunkFrame(event('text' in piece ? piece.text : '', null), each);
  }
  if (plan.breaks !== false) return yield plainFrame(BREAK);
  yield plainFrame(event('', finishOf(plan)));
  const usage = includeUsage ? usageOf(plan) : undefined;
  if (usage !== undefined) {
    const chunk = { ...headOf(plan), model, usage, choices: [] };
    yield plainFrame(`data: ${JSON.stringify(chunk)}\n\n`);
  }
  yield plainFrame(DONE);
}

function wholeBody(plan: SpeechPlan, { model, echoed }: Completion): object {
  const text = echoed + wholeSpeech(plan.pieces).content;
  const choices = Array.from({ length: plan.choices }, (_, index) => ({
    text,
    index,
    logprobs: null,
    finish_reason: finishOf(plan),
  }));
  return { ...headOf(plan), model, choices, usage: usageOf(plan) };
}
