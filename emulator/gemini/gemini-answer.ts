/**
 * Writes a Gemini answer: events with CRLF and no end mark, a JSON array that arrives in pieces, or
 * whole. Usage is in every chunk and cumulative, thoughts outside the candidates. It refuses to
 * know about sockets, pace, faults or money.
 */
import { chunkFrame, hiddenFrames, plainFrame, wholeFrames } from '../answer-frame.ts';
import type { Answer, Frames } from '../answer-frame.ts';
import { parseObject } from '../json-record.ts';
import { Padding } from '../padding.ts';
import type { SpeechPlan } from '../speech-plan.ts';
import { eventJson, indentedJson } from './gemini-json.ts';
import type { GeminiRequest } from './gemini-request.ts';

export type GeminiFraming = 'events' | 'array' | 'whole';
export type GeminiPlan = SpeechPlan & { readonly request: GeminiRequest };

export function geminiAnswer(plan: GeminiPlan, framing: GeminiFraming): Answer {
  const { hiddenTokens, choices, outputTokens } = plan;
  const parts = plannedParts(plan);
  const ticks = { hidden: hiddenTokens, visible: plan.pieces.length, tokensEach: choices };
  return {
    status: 200,
    contentType: framing === 'events' ? 'text/event-stream' : 'application/json; charset=UTF-8',
    isStream: framing !== 'whole',
    frames:
      framing === 'whole'
        ? wholeFrames(ticks, () => `${indentedJson(wholeBody(plan, parts))}\n`)
        : streamFrames(plan, parts, framing),
    chunkCount: framing === 'whole' ? plan.pieces.length : parts.length,
    outputTokens,
  };
}

type PlannedPart = { readonly part: object; readonly tokens: number; readonly isThought: boolean };

const SIGNATURE_CHARACTERS = 120;

/** Text is a part a token; a function call is whole in one, and lost if the ceiling cut it. */
function plannedParts({ id, pieces, ending }: GeminiPlan): PlannedPart[] {
  const padding = new Padding(id);
  const parts: PlannedPart[] = [];
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at];
    if (piece === undefined || piece.kind === 'tool-arguments') continue;
    if (piece.kind !== 'tool-start') {
      const isThought = piece.kind === 'thinking';
      const part = { text: piece.text, ...(isThought ? { thought: true } : {}) };
      parts.push({ part, tokens: 1, isThought });
      continue;
    }
    let text = '';
    let tokens = 1;
    for (let next = pieces[at + 1]; next?.kind === 'tool-arguments'; next = pieces[at + tokens]) {
      text += next.text;
      tokens += 1;
    }
    const args = parseObject(text);
    const thoughtSignature = padding.opaque(SIGNATURE_CHARACTERS);
    const isLost = args === undefined && ending === 'length';
    const functionCall = { name: piece.name, args: args ?? {} };
    const part = isLost ? { text: '' } : { functionCall, thoughtSignature };
    parts.push({ part, tokens, isThought: false });
  }
  return parts;
}

const finishOf = ({ ending }: GeminiPlan): string => {
  if (ending === 'length') return 'MAX_TOKENS';
  return ending === 'refusal' ? 'SAFETY' : 'STOP';
};

const SAFETY_RATINGS = [
  { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH', blocked: true },
];

/** Every candidate says the same. */
function candidatesOf(plan: GeminiPlan, parts: readonly object[], isLast: boolean): object[] {
  return Array.from({ length: plan.choices }, (_, index) => ({
    ...(parts.length === 0 && plan.ending === 'refusal'
      ? {}
      : { content: { parts, role: 'model' } }),
    ...(isLast ? { finishReason: finishOf(plan) } : {}),
    index,
    ...(isLast && plan.ending === 'refusal' ? { safetyRatings: SAFETY_RATINGS } : {}),
  }));
}

/** Counted up to here; of one candidate times their number. */
function usageOf(plan: GeminiPlan, candidates: number, thoughts: number): object {
  const { input, tell, choices, request } = plan;
  if (tell === undefined) return {};
  const told = (tokens: number) => tell(tokens);
  const total = input.inputTokens + (candidates + thoughts) * choices;
  const text = (tokenCount: number) => [{ modality: 'TEXT', tokenCount }];
  return {
    usageMetadata: {
      promptTokenCount: told(input.inputTokens),
      ...(candidates > 0 ? { candidatesTokenCount: told(candidates * choices) } : {}),
      totalTokenCount: told(total),
      ...(input.cachedTokens > 0 ? { cachedContentTokenCount: input.cachedTokens } : {}),
      promptTokensDetails: text(input.inputTokens),
      ...(input.cachedTokens > 0 ? { cacheTokensDetails: text(input.cachedTokens) } : {}),
      ...(thoughts > 0 ? { thoughtsTokenCount: told(thoughts * choices) } : {}),
      serviceTier: request.tier === 'default' ? 'standard' : request.tier,
    },
  };
}

const tailOf = ({ id, request }: GeminiPlan) => ({ modelVersion: request.model, responseId: id });

function wholeBody(plan: GeminiPlan, parts: readonly PlannedPart[]): object {
  const joined: object[] = [];
  const texts = (isThought: boolean) =>
    parts
      .filter((one) => one.isThought === isThought && 'text' in one.part)
      .map((one) => (one.part as { text: string }).text)
      .join('');
  const thought = texts(true);
  const text = texts(false);
  if (thought !== '') joined.push({ text: thought, thought: true });
  if (text !== '') joined.push({ text });
  joined.push(...parts.filter((one) => !('text' in one.part)).map((one) => one.part));
  const { thoughts, candidates } = countsOf(plan, parts);
  return {
    candidates: candidatesOf(plan, joined, true),
    ...usageOf(plan, candidates, thoughts),
    ...tailOf(plan),
  };
}

function countsOf({ hiddenTokens }: GeminiPlan, parts: readonly PlannedPart[]) {
  const sum = (isThought: boolean) =>
    parts.reduce((total, one) => total + (one.isThought === isThought ? one.tokens : 0), 0);
  return { thoughts: hiddenTokens + sum(true), candidates: sum(false) };
}

const UNAVAILABLE = {
  error: {
    code: 503,
    message: 'The model is overloaded. Please try again later.',
    status: 'UNAVAILABLE',
  },
};

function* streamFrames(
  plan: GeminiPlan,
  parts: readonly PlannedPart[],
  framing: GeminiFraming,
): Frames {
  let isFirst = true;
  const chunk = (value: object): string => {
    if (framing === 'events') return `data: ${eventJson(value)}\r\n\r\n`;
    const opening = isFirst ? '[' : ',\r\n';
    isFirst = false;
    return `${opening}${indentedJson(value)}\n`;
  };
  yield* hiddenFrames(plan.hiddenTokens, plan.choices);
  let thoughts = plan.hiddenTokens;
  let candidates = 0;
  for (const { part, tokens, isThought } of parts) {
    if (isThought) thoughts += tokens;
    else candidates += tokens;
    const body = {
      candidates: candidatesOf(plan, [part], false),
      ...usageOf(plan, candidates, thoughts),
      ...tailOf(plan),
    };
    yield chunkFrame(chunk(body), tokens * plan.choices);
  }
  const last = {
    candidates: candidatesOf(plan, plan.ending === 'refusal' ? [] : [{ text: '' }], true),
    ...usageOf(plan, candidates, thoughts),
    ...tailOf(plan),
  };
  yield plainFrame(chunk(plan.breaks === false ? last : UNAVAILABLE));
  if (framing === 'array') yield plainFrame(']\n');
}
