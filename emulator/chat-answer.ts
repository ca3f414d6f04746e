/**
 * Writes a Chat Completions answer, streamed or whole, in OpenAI's wire format, as lazy frames.
 * One token a choice a tick; every choice says the same. It refuses to know about sockets,
 * pace, faults or money.
 */
import { plainFrame } from './answer-frame.ts';
import type { Answer, AnswerFrame } from './answer-frame.ts';
import type { TokenPiece } from './script-run.ts';
import type { UsageReport } from './usage-report.ts';

export function streamedAnswer(plan: ChatPlan): Answer {
  return {
    status: 200,
    contentType: 'text/event-stream; charset=utf-8',
    frames: streamFrames(plan),
    chunkCount: plan.pieces.length * plan.choices,
  };
}

export function wholeAnswer(plan: ChatPlan): Answer {
  return {
    status: 200,
    contentType: 'application/json',
    frames: wholeFrames(plan),
    chunkCount: plan.pieces.length,
  };
}

export type ChatPlan = {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
  readonly choices: number;
  /** Hidden tokens of each choice, generated before the first visible one. */
  readonly reasoningTokens: number;
  /** Visible tokens of each choice. */
  readonly pieces: readonly TokenPiece[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  /** The members an answer reports; undefined where it is not to be reported. */
  readonly usage: UsageReport | undefined;
};

const SYSTEM_FINGERPRINT = 'fp_5ca1e0b5e7';
const CALL_ID_CHARACTERS = 24;

function* streamFrames(plan: ChatPlan): Generator<AnswerFrame> {
  const head = JSON.stringify({
    id: plan.id,
    object: 'chat.completion.chunk',
    created: plan.createdSeconds,
    model: plan.model,
    service_tier: 'default',
    system_fingerprint: SYSTEM_FINGERPRINT,
  }).slice(0, -1);
  const tail = plan.usage === undefined ? '}\n\n' : ',"usage":null}\n\n';
  const event = (choice: number, delta: string, finish: string) =>
    `data: ${head},"choices":[{"index":${choice},"delta":${delta},"logprobs":null,` +
    `"finish_reason":${finish}}]${tail}`;

  const content = plan.pieces[0] === undefined || plan.pieces[0].kind === 'content' ? '""' : 'null';
  const roleDelta = `{"role":"assistant","content":${content},"refusal":null}`;
  for (let choice = 0; choice < plan.choices; choice += 1) {
    yield plainFrame(event(choice, roleDelta, 'null'));
  }
  yield* reasoningFrames(plan);
  for (const piece of plan.pieces) {
    for (let choice = 0; choice < plan.choices; choice += 1) {
      const bytes = event(choice, deltaJson(plan, choice, piece), 'null');
      yield { bytes, outputTokens: 1, isChunk: true, isPaced: choice === 0 };
    }
  }
  for (let choice = 0; choice < plan.choices; choice += 1) {
    yield plainFrame(event(choice, '{}', JSON.stringify(plan.finishReason)));
  }
  if (plan.usage !== undefined) {
    const usageJson = JSON.stringify(plan.usage);
    yield plainFrame(`data: ${head},"choices":[],"usage":${usageJson}}\n\n`);
  }
  yield plainFrame('data: [DONE]\n\n');
}

function* wholeFrames(plan: ChatPlan): Generator<AnswerFrame> {
  yield* reasoningFrames(plan);
  for (let tick = 0; tick < plan.pieces.length; tick += 1) {
    yield { bytes: '', outputTokens: plan.choices, isChunk: true, isPaced: true };
  }
  yield plainFrame(wholeBody(plan));
}

function* reasoningFrames(plan: ChatPlan): Generator<AnswerFrame> {
  for (let tick = 0; tick < plan.reasoningTokens; tick += 1) {
    yield { bytes: '', outputTokens: plan.choices, isChunk: false, isPaced: true };
  }
}

function deltaJson(plan: ChatPlan, choice: number, piece: TokenPiece): string {
  switch (piece.kind) {
    case 'content':
      return `{"content":${JSON.stringify(piece.text)}}`;
    case 'tool-start': {
      const call = { name: piece.name, arguments: '' };
      const id = toolCallId(plan, choice, piece.callIndex);
      const started = { index: piece.callIndex, id, type: 'function', function: call };
      return JSON.stringify({ tool_calls: [started] });
    }
    case 'tool-arguments': {
      const continued = { index: piece.callIndex, function: { arguments: piece.text } };
      return JSON.stringify({ tool_calls: [continued] });
    }
  }
}

function wholeBody(plan: ChatPlan): string {
  const choices: string[] = [];
  for (let choice = 0; choice < plan.choices; choice += 1) {
    choices.push(
      JSON.stringify({
        index: choice,
        message: message(plan, choice),
        logprobs: null,
        finish_reason: plan.finishReason,
      }),
    );
  }
  const head = JSON.stringify({
    id: plan.id,
    object: 'chat.completion',
    created: plan.createdSeconds,
    model: plan.model,
  }).slice(0, -1);
  const tail = JSON.stringify({
    usage: plan.usage,
    service_tier: 'default',
    system_fingerprint: SYSTEM_FINGERPRINT,
  }).slice(1);
  return `${head},"choices":[${choices.join(',')}],${tail}`;
}

function message(plan: ChatPlan, choice: number): Record<string, unknown> {
  let content = '';
  const names: string[] = [];
  const argumentTexts: string[] = [];
  for (const piece of plan.pieces) {
    if (piece.kind === 'content') content += piece.text;
    else if (piece.kind === 'tool-start') names[piece.callIndex] = piece.name;
    else argumentTexts[piece.callIndex] = (argumentTexts[piece.callIndex] ?? '') + piece.text;
  }
  const spoken = { role: 'assistant', content, refusal: null, annotations: [] };
  if (names.length === 0) return spoken;
  const toolCalls = names.map((name, callIndex) => ({
    id: toolCallId(plan, choice, callIndex),
    type: 'function',
    function: { name, arguments: argumentTexts[callIndex] ?? '' },
  }));
  return { ...spoken, content: content === '' ? null : content, tool_calls: toolCalls };
}

/** Unique within the answer, and the same in each of its chunks. */
function toolCallId(plan: ChatPlan, choice: number, callIndex: number): string {
  const suffix = `${choice}x${callIndex}`;
  const stem = plan.id.replace('chatcmpl-', '').slice(0, CALL_ID_CHARACTERS - suffix.length);
  return `call_${stem}${suffix}`;
}
