/**
 * Writes a Messages answer, as events or whole, with Anthropic's padding of spaces inside the JSON
 * and a ping after the first block has begun. It refuses to know about sockets, pace, faults or
 * money.
 */
import { chunkFrame, hiddenFrames, plainFrame, wholeFrames } from '../answer-frame.ts';
import type { Answer, Frames } from '../answer-frame.ts';
import { Padding } from '../padding.ts';
import type { TokenPiece } from '../script-run.ts';
import { requestId } from './anthropic-voice.ts';
import { deltaUsage, ended, openedBlock, plannedBlocks, startUsage } from './message-blocks.ts';
import { wholeBlock, wholeUsage } from './message-blocks.ts';
import type { MessagesPlan, PlannedBlock } from './message-blocks.ts';

export function messagesAnswer(plan: MessagesPlan): Answer {
  const { hiddenTokens, pieces, outputTokens, request } = plan;
  const ticks = { hidden: hiddenTokens, visible: pieces.length, tokensEach: 1 };
  return {
    status: 200,
    contentType: request.stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    isStream: request.stream,
    frames: request.stream ? streamFrames(plan) : wholeFrames(ticks, () => wholeBody(plan)),
    chunkCount: pieces.length,
    outputTokens,
  };
}

const opening = ({ id, request }: MessagesPlan) => ({
  model: request.model,
  id,
  type: 'message',
  role: 'assistant',
});

function wholeBody(plan: MessagesPlan): string {
  const content = plannedBlocks(plan).map(wholeBlock);
  const usage = wholeUsage(plan);
  return JSON.stringify({ ...opening(plan), content, ...ended(plan), ...(usage && { usage }) });
}

const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

function* streamFrames(plan: MessagesPlan): Frames {
  const padding = new Padding(plan.id);
  const event = (type: string, members: object = {}): string => {
    const json = JSON.stringify({ type, ...members });
    return `event: ${type}\ndata: ${json.slice(0, -1)}${padding.spaces()}}\n\n`;
  };
  const stop = { stop_reason: null, stop_sequence: null, stop_details: null };
  const startedWith = startUsage(plan);
  const usage = startedWith === undefined ? {} : { usage: startedWith };
  const message = { ...opening(plan), content: [], ...stop, ...usage };
  yield plainFrame(event('message_start', { message }));
  const blocks = plannedBlocks(plan);
  if (blocks.length === 0) yield plainFrame(PING);
  const isThinking = blocks[0]?.type === 'thinking';
  if (!isThinking) yield* hiddenFrames(plan.hiddenTokens, 1);
  for (const [index, block] of blocks.entries()) {
    yield plainFrame(event('content_block_start', { index, content_block: openedBlock(block) }));
    if (index === 0) yield plainFrame(PING);
    if (index === 0 && isThinking) yield* hiddenFrames(plan.hiddenTokens, 1);
    for (const piece of block.pieces) {
      yield chunkFrame(event('content_block_delta', { index, delta: deltaOf(piece) }));
    }
    if (plan.breaks !== false && index === blocks.length - 1) break;
    if (block.type === 'thinking') yield plainFrame(event(...signature(block, index)));
    yield plainFrame(event('content_block_stop', { index }));
  }
  if (plan.breaks !== false) return yield plainFrame(event('error', overloaded()));
  const endedWith = deltaUsage(plan);
  const told = endedWith === undefined ? {} : { usage: endedWith };
  yield plainFrame(event('message_delta', { delta: ended(plan), ...told }));
  yield plainFrame(event('message_stop'));
}

const overloaded = () => ({
  error: { details: null, type: 'overloaded_error', message: 'Overloaded' },
  request_id: requestId(),
});

const signature = (block: PlannedBlock, index: number): [string, object] => [
  'content_block_delta',
  { index, delta: { type: 'signature_delta', signature: block.sealed } },
];

/** A call's opening is a token too: an empty piece of its JSON. */
function deltaOf(piece: TokenPiece): object {
  switch (piece.kind) {
    case 'thinking':
      return { type: 'thinking_delta', thinking: piece.text };
    case 'tool-start':
      return { type: 'input_json_delta', partial_json: '' };
    case 'tool-arguments':
      return { type: 'input_json_delta', partial_json: piece.text };
    default:
      return { type: 'text_delta', text: piece.text };
  }
}
