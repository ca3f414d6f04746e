/**
 * Writes a Chat Completions answer, streamed or whole, as the server in question writes it, as
 * lazy frames. One token a choice a tick; every choice says the same. It refuses to know about
 * sockets, pace, faults or money.
 */
import { chunkFrame, hiddenFrames, plainFrame, wholeFrames } from '../answer-frame.ts';
import type { Answer, Frames } from '../answer-frame.ts';
import { Padding } from '../padding.ts';
import type { TokenPiece } from '../script-run.ts';
import { wholeSpeech } from '../speech-plan.ts';
import { DONE, finishReason } from './chat-server.ts';
import type { ChatPlan, ChatServer } from './chat-server.ts';

export function chatAnswer(plan: ChatPlan, server: ChatServer): Answer {
  const { choices, hiddenTokens, pieces, outputTokens, chat } = plan;
  const ticks = { hidden: hiddenTokens, visible: pieces.length, tokensEach: choices };
  return {
    status: 200,
    contentType: chat.stream ? server.contentType : 'application/json',
    isStream: chat.stream,
    frames: chat.stream
      ? streamFrames(plan, server)
      : wholeFrames(ticks, () => JSON.stringify(wholeBody(plan, server))),
    chunkCount: chat.stream ? pieces.length * choices : pieces.length,
    outputTokens,
  };
}

const CALL_ID_CHARACTERS = 24;

/** `{…}` without its last brace, and without its first, to be joined by commas. */
const inner = (value: object): string => JSON.stringify(value).slice(1, -1);
const joined = (...members: readonly string[]): string =>
  members.filter((member) => member !== '').join(',');

function* streamFrames(plan: ChatPlan, server: ChatServer): Frames {
  const head = inner(server.headOf(plan));
  const usualTail = inner(server.tailOf(plan, 'usual'));
  const openTail = inner(server.choiceTail(null));
  const padding = new Padding(plan.id);
  const isPadded = server.id === 'openai' && plan.chat.obfuscates;
  const block = (...members: readonly string[]) => {
    const pad = isPadded ? `"obfuscation":"${padding.letters()}"` : '';
    return `data: {${joined(head, ...members, pad)}}\n\n`;
  };
  const event = (choice: number, delta: string, choiceTail = openTail, tail = usualTail) =>
    block(`"choices":[{${joined(`"index":${choice}`, `"delta":${delta}`, choiceTail)}}]`, tail);

  if (server.comments !== '') yield plainFrame(server.comments);
  const roleDelta = JSON.stringify(server.roleDelta(plan));
  for (let choice = 0; choice < plan.choices; choice += 1) {
    const place = choice === 0 ? 'first' : 'usual';
    yield plainFrame(event(choice, roleDelta, openTail, inner(server.tailOf(plan, place))));
  }
  yield* hiddenFrames(plan.hiddenTokens, plan.choices);
  for (const piece of plan.pieces) {
    for (let choice = 0; choice < plan.choices; choice += 1) {
      const delta = deltaJson(plan, server, choice, piece);
      const frame = chunkFrame(event(choice, delta, logprobsTail(plan, piece) ?? openTail));
      yield { ...frame, isPaced: choice === 0 };
    }
  }
  if (plan.breaks !== false) return yield plainFrame(server.breakOff(plan));
  const lastTail = inner(server.tailOf(plan, 'last'));
  const finishTail = inner(server.choiceTail(finishReason(plan)));
  const finishDelta = JSON.stringify(server.finishDelta);
  for (let choice = 0; choice < plan.choices; choice += 1) {
    const isLast = choice === plan.choices - 1;
    yield plainFrame(event(choice, finishDelta, finishTail, isLast ? lastTail : usualTail));
  }
  const usageChunk = server.usageChunk(plan);
  if (usageChunk !== undefined) yield plainFrame(block(inner(usageChunk)));
  yield plainFrame(DONE);
}

function deltaJson(plan: ChatPlan, server: ChatServer, choice: number, piece: TokenPiece): string {
  switch (piece.kind) {
    case 'tool-start': {
      const call = { name: piece.name, arguments: '' };
      if (plan.chat.isLegacyFunctions) return JSON.stringify({ function_call: call });
      const id = toolCallId(plan, choice, piece.callIndex);
      const started = { index: piece.callIndex, id, type: 'function', function: call };
      return JSON.stringify({ tool_calls: [started] });
    }
    case 'tool-arguments': {
      const call = { arguments: piece.text };
      if (plan.chat.isLegacyFunctions) return JSON.stringify({ function_call: call });
      return JSON.stringify({ tool_calls: [{ index: piece.callIndex, function: call }] });
    }
    default:
      return JSON.stringify(server.textDelta(piece.kind, piece.text));
  }
}

const LOGPROB = -0.0025094282;

const logprobOf = (text: string) => ({
  token: text,
  logprob: LOGPROB,
  bytes: [...Buffer.from(text)],
  top_logprobs: [],
});

function logprobsTail({ chat }: ChatPlan, piece: TokenPiece): string | undefined {
  if (!chat.logprobs || (piece.kind !== 'content' && piece.kind !== 'refusal')) return undefined;
  const none = { content: null, refusal: null };
  const logprobs = { ...none, [piece.kind]: [logprobOf(piece.text)] };
  return inner({ logprobs, finish_reason: null });
}

function wholeLogprobs({ chat, pieces }: ChatPlan): object | null {
  if (!chat.logprobs) return null;
  const of = (kind: 'content' | 'refusal') => {
    const said = pieces.flatMap((piece) => (piece.kind === kind ? [logprobOf(piece.text)] : []));
    return said.length === 0 ? null : said;
  };
  return { content: of('content'), refusal: of('refusal') };
}

function wholeBody(plan: ChatPlan, server: ChatServer): object {
  const choices: object[] = [];
  for (let choice = 0; choice < plan.choices; choice += 1) {
    choices.push({
      index: choice,
      message: message(plan, server, choice),
      logprobs: wholeLogprobs(plan),
      finish_reason: finishReason(plan),
    });
  }
  const {
    service_tier: tier,
    system_fingerprint: fingerprint,
    ...head
  } = {
    service_tier: undefined as unknown,
    system_fingerprint: undefined as unknown,
    ...server.headOf(plan),
  };
  return {
    ...head,
    object: 'chat.completion',
    choices,
    usage: server.usageOf(plan),
    service_tier: tier,
    system_fingerprint: fingerprint,
    ...(server.id === 'groq' ? { x_groq: { id: `req_${plan.id.slice(-26)}` } } : {}),
  };
}

function message(plan: ChatPlan, server: ChatServer, choice: number): object {
  const { thinking, content, refusal, toolCalls } = wholeSpeech(plan.pieces);
  const thought = thinking === '' ? {} : { ...server.textDelta('thinking', thinking) };
  const spoken = {
    role: 'assistant',
    ...thought,
    content: content === '' && (refusal !== '' || toolCalls.length > 0) ? null : content,
    ...(server.id === 'openai' ? { refusal: refusal || null, annotations: [] } : {}),
  };
  const calls = toolCalls.map(({ name, argumentsText }) => ({ name, arguments: argumentsText }));
  if (calls.length === 0) return spoken;
  if (plan.chat.isLegacyFunctions) return { ...spoken, function_call: calls[0] };
  const listed = calls.map((call, callIndex) => ({
    id: toolCallId(plan, choice, callIndex),
    type: 'function',
    function: call,
  }));
  return { ...spoken, tool_calls: listed };
}

/** Unique within the answer, and the same in each of its chunks. */
function toolCallId(plan: ChatPlan, choice: number, callIndex: number): string {
  const suffix = `${choice}x${callIndex}`;
  const stem = plan.id.replace('chatcmpl-', '').slice(0, CALL_ID_CHARACTERS - suffix.length);
  return `call_${stem}${suffix}`;
}
