/**
 * Serves POST /v1/chat/completions: reads the call, takes the script in force, bills the input,
 * and then answers, or misbehaves as the script says. It bills what it generated however the
 * call ends, and refuses to let any script or caller break the process.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { cutInHalf } from './answer-frame.ts';
import type { Answer } from './answer-frame.ts';
import { pumpFrames } from './answer-pump.ts';
import type { CallEnding, CallRecord } from './billing-ledger.ts';
import { CallerConnection } from './caller-connection.ts';
import { streamedAnswer, wholeAnswer } from './chat-answer.ts';
import type { ChatPlan } from './chat-answer.ts';
import { readChatRequest, requestedModel } from './chat-request.ts';
import type { ChatRequest } from './chat-request.ts';
import type { EmulatorState } from './emulator-state.ts';
import { sendJson } from './json-response.ts';
import { missingKey, rateLimited, serverError } from './provider-error.ts';
import type { ProviderError } from './provider-error.ts';
import { replayAnswer, replayedInput } from './replay-answer.ts';
import type { RequestBody } from './request-body.ts';
import type { Fault } from './script.ts';
import type { ScriptRun } from './script-run.ts';
import { trueUsage, wrongUsage } from './usage-report.ts';
import type { UsageReport } from './usage-report.ts';

export async function serveChatCompletion(
  state: EmulatorState,
  request: IncomingMessage,
  response: ServerResponse,
  body: RequestBody,
): Promise<void> {
  const { ledger } = state;
  const hasKey = request.headers.authorization !== undefined;
  const chat = hasKey ? readChatRequest(body) : missingKey();
  if ('status' in chat) {
    const refused = ledger.open(CHAT_PATH, requestedModel(body.text), undefined);
    ledger.close(refused, 'complete');
    sendJson(response, chat.status, chat.body, providerHeaders());
    return;
  }
  const run = state.scripts.take();
  const callsBefore = run.arrive();
  const call = ledger.open(CHAT_PATH, chat.model, chat.price);
  let endedBy: CallEnding = 'fault';
  try {
    endedBy = await answerCall({ chat, run, call, callsBefore }, new CallerConnection(response));
  } finally {
    ledger.close(call, endedBy);
  }
}

export const CHAT_PATH = '/v1/chat/completions';

type ScriptedCall = {
  readonly chat: ChatRequest;
  readonly run: ScriptRun;
  readonly call: CallRecord;
  readonly callsBefore: number;
};

const GATE_WAIT_MS_MAX = 30_000;
const CHUNK_DELAY_MS = 10;
const DRIP_DELAY_MS = 100;
const UNBILLED_FAULTS: readonly Fault[] = ['refuse', 'html', '429', '500'];

const HTML_PAGE =
  '<!DOCTYPE html>\n<html><head><title>Service</title></head>' +
  '<body><h1>We are making things better</h1><p>Please come back soon.</p></body></html>\n';

async function answerCall(scripted: ScriptedCall, caller: CallerConnection): Promise<CallEnding> {
  const { chat, run } = scripted;
  const { script } = run;
  if (!UNBILLED_FAULTS.includes(script.fault)) billInput(scripted);
  if (run.gate !== undefined) await caller.wait(GATE_WAIT_MS_MAX, run.gate);
  if (script.firstChunkDelayMs > 0) await caller.wait(script.firstChunkDelayMs);
  if (caller.gone) return 'client-abort';
  switch (script.fault) {
    case 'hang':
      await caller.left();
      return 'client-abort';
    case 'refuse':
      caller.destroy();
      return 'fault';
    case 'html':
      return sendInstead(caller, 200, 'text/html; charset=utf-8', HTML_PAGE);
    case '429':
      return sendError(caller, rateLimited(chat.model));
    case '500':
      return sendError(caller, serverError());
    default: {
      const { fixture } = run;
      if (fixture === undefined) return sendAnswer(scripted, caller, generatedAnswer(scripted));
      return sendAnswer(scripted, caller, replayAnswer(fixture, script.chunkBytes));
    }
  }
}

function billInput({ chat, run, call }: ScriptedCall): void {
  const generated = {
    inputTokens: chat.inputTokens,
    cachedTokens: Math.min(run.script.cachedTokens, chat.inputTokens),
  };
  const billed =
    run.fixture === undefined ? generated : replayedInput(run.fixture, chat.inputTokens);
  call.inputTokens = billed.inputTokens;
  call.cachedTokens = billed.cachedTokens;
}

function generatedAnswer(scripted: ScriptedCall): Answer {
  const { chat, run, call } = scripted;
  const reasoningTokens = Math.min(run.script.reasoningTokens, chat.outputTokensMax);
  const room = chat.outputTokensMax - reasoningTokens;
  const pieces = run.pieces.length > room ? run.pieces.slice(0, room) : run.pieces;
  const plan = {
    id: call.id,
    createdSeconds: Math.floor(call.startedAtMs / 1000),
    model: chat.model,
    choices: chat.choices,
    reasoningTokens,
    pieces,
    finishReason: finishReason(scripted),
    usage: reportedUsage(scripted, reasoningTokens, pieces.length),
  };
  return chat.stream ? streamedAnswer(plan) : wholeAnswer(plan);
}

function finishReason({ chat, run }: ScriptedCall): ChatPlan['finishReason'] {
  const wantedTokens = run.script.reasoningTokens + run.pieces.length;
  if (wantedTokens > chat.outputTokensMax) return 'length';
  return run.script.toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

function reportedUsage(
  { chat, run, call, callsBefore }: ScriptedCall,
  reasoningTokens: number,
  visibleTokens: number,
): UsageReport | undefined {
  const { fault } = run.script;
  if (fault === 'no-usage' || (chat.stream && !chat.includeUsage)) return undefined;
  const counts = {
    inputTokens: call.inputTokens,
    cachedTokens: call.cachedTokens,
    outputTokens: (reasoningTokens + visibleTokens) * chat.choices,
    reasoningTokens: reasoningTokens * chat.choices,
  };
  return fault === 'wrong-usage' ? wrongUsage(counts, callsBefore) : trueUsage(counts);
}

async function sendAnswer(
  { run, call }: ScriptedCall,
  caller: CallerConnection,
  answer: Answer,
): Promise<CallEnding> {
  const { fault, chunkDelayMs } = run.script;
  const broken = fault === 'cut' || fault === 'reset';
  const byteByByte = fault === 'drip';
  const usualDelayMs = byteByByte ? DRIP_DELAY_MS : run.fixture === undefined ? CHUNK_DELAY_MS : 0;
  const pace = { byteByByte, chunkDelayMs: chunkDelayMs ?? usualDelayMs };
  const isStream = answer.contentType.startsWith('text/event-stream');
  caller.start(answer.status, {
    'content-type': answer.contentType,
    ...(isStream ? { 'transfer-encoding': 'chunked' } : {}),
    ...providerHeaders(),
  });
  const frames = broken ? cutInHalf(answer) : answer.frames;
  const lastBytes = await pumpFrames(caller, frames, pace, (frame) => {
    call.outputTokens += frame.outputTokens;
    if (frame.isChunk && frame.bytes.length > 0) call.chunksSent += 1;
  });
  if (fault === 'reset') {
    caller.write(lastBytes);
    return (await caller.reset()) ? 'fault' : 'client-abort';
  }
  const finished = await caller.end(lastBytes);
  if (!finished) return 'client-abort';
  return broken ? 'fault' : 'complete';
}

function sendError(caller: CallerConnection, error: ProviderError): Promise<CallEnding> {
  return sendInstead(caller, error.status, 'application/json', JSON.stringify(error.body));
}

async function sendInstead(
  caller: CallerConnection,
  status: number,
  contentType: string,
  text: string,
): Promise<CallEnding> {
  caller.start(status, { 'content-type': contentType, ...providerHeaders() });
  return (await caller.end(text)) ? 'fault' : 'client-abort';
}

function providerHeaders(): OutgoingHttpHeaders {
  const requestId = `req_${randomUUID().replaceAll('-', '')}`;
  return { 'x-request-id': requestId, 'openai-version': '2020-10-01' };
}
