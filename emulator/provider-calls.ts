/**
 * Serves one provider call of any dialect: reads it, takes the script in force, bills the input,
 * and then answers, or misbehaves as the script says. It bills what was generated however the call
 * ends, and refuses to let any script or caller break the process.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer-frame.ts';
import { sendAnswer } from './answer-sender.ts';
import type { CallEnding, CallRecord } from './billing-ledger.ts';
import { CallerConnection } from './caller-connection.ts';
import { isProviderError } from './dialect.ts';
import type { Dialect, DialectCall, ProviderError, ReceivedCall } from './dialect.ts';
import type { ProviderRoute } from './dialect-routes.ts';
import type { EmulatorState } from './emulator-state.ts';
import { sendJson } from './json-response.ts';
import { replayAnswer, replayedInput, replayedOthersPicoUsd } from './replay-answer.ts';
import { credentialKinds, topLevelKeys } from './request-log.ts';
import type { RequestBody } from './request-body.ts';
import type { Fault } from './script.ts';
import type { ScriptRun } from './script-run.ts';

export async function serveProviderCall(
  state: EmulatorState,
  { dialect, path, query, modelInPath }: ProviderRoute & { path: string; query: URLSearchParams },
  { headers }: IncomingMessage,
  response: ServerResponse,
  body: RequestBody,
): Promise<void> {
  const { ledger, promptCache } = state;
  const { voice, idPrefix } = dialect;
  const received = { headers, query, body, modelInPath, promptCache };
  const opening = {
    idPrefix,
    dialect: dialect.id,
    path,
    auth: credentialKinds(headers, query),
    bodyKeys: topLevelKeys(body.text),
  };
  const key = voice.keyOf(received);
  const read = key === undefined ? voice.missingKey() : dialect.read(received);
  if (isProviderError(read)) {
    const model = (modelInPath ?? modelNamed(body.text)).slice(0, MODEL_CHARACTERS_MAX);
    ledger.close(ledger.open({ ...opening, model, price: undefined }), 'complete');
    return sendJson(response, read.status, read.body, voice.headers());
  }
  const run = state.scripts.take();
  const callsBefore = run.arrive();
  const record = ledger.open({ ...opening, model: read.model, price: read.price });
  const caller = new CallerConnection(response);
  const call = { dialect, received, read, run, record, callsBefore, path, key: key ?? '' };
  let endedBy: CallEnding = 'fault';
  try {
    endedBy = await answerCall(call, caller);
  } finally {
    ledger.close(record, endedBy);
  }
}

const GATE_WAIT_MS_MAX = 30_000;
const MODEL_CHARACTERS_MAX = 200;
const UNBILLED_FAULTS: readonly Fault[] = ['refuse', 'html', '429', '500'];

const HTML_PAGE =
  '<!DOCTYPE html>\n<html><head><title>Service</title></head>' +
  '<body><h1>We are making things better</h1><p>Please come back soon.</p></body></html>\n';

type ScriptedCall = {
  readonly dialect: Dialect;
  readonly received: ReceivedCall;
  readonly read: DialectCall;
  readonly run: ScriptRun;
  readonly record: CallRecord;
  readonly callsBefore: number;
  readonly path: string;
  readonly key: string;
};

function modelNamed(bodyText: string): string {
  return /"model"\s*:\s*"([^"]*)"/.exec(bodyText.slice(0, MODEL_SEARCH_CHARACTERS))?.[1] ?? '';
}

/** For the record of a call that was refused; a model is named early or not at all. */
const MODEL_SEARCH_CHARACTERS = 100_000;

async function answerCall(call: ScriptedCall, caller: CallerConnection): Promise<CallEnding> {
  const { run, record, read, dialect } = call;
  const { script } = run;
  const isRefused = script.redirect !== undefined || script.echoKey;
  if (!isRefused && !UNBILLED_FAULTS.includes(script.fault)) billInput(call);
  const works = !isRefused && script.fault !== 'hang' && !UNBILLED_FAULTS.includes(script.fault);
  const answer = works ? prepareAnswer(call) : undefined;
  if (run.gate !== undefined) await caller.wait(GATE_WAIT_MS_MAX, run.gate);
  if (script.firstChunkDelayMs > 0) await caller.wait(script.firstChunkDelayMs);
  if (answer === undefined) return caller.gone ? 'client-abort' : misbehave(call, caller);
  const endedBy = caller.gone
    ? 'client-abort'
    : await sendAnswer(caller, answer, run, record, dialect.voice.headers());
  // Some generate to the end for nobody, and bill it.
  if (endedBy === 'client-abort' && read.price?.billsAbandonedInFull === true) {
    record.units.outputTokens = answer.outputTokens;
  }
  return endedBy;
}

async function misbehave(call: ScriptedCall, caller: CallerConnection): Promise<CallEnding> {
  const { run, read, dialect } = call;
  const { redirect, echoKey, fault } = run.script;
  const { voice } = dialect;
  if (redirect !== undefined) return sendRedirect(call, caller, redirect);
  if (echoKey) return sendError(call, caller, voice.wrongKey(call.key));
  switch (fault) {
    case 'hang':
      await caller.left();
      return 'client-abort';
    case 'html':
      return sendInstead(call, caller, 200, 'text/html; charset=utf-8', HTML_PAGE);
    case '429':
      return sendError(call, caller, voice.rateLimited(read.model));
    case '500':
      return sendError(call, caller, voice.serverError());
    default:
      caller.destroy();
      return 'fault';
  }
}

/** What the script says of the input goes over what was counted. */
function billInput({ read, run, record }: ScriptedCall): void {
  const { script, fixture } = run;
  if (fixture !== undefined) {
    const billed = replayedInput(fixture, read.input, read.price);
    Object.assign(record.units, billed);
    record.units.feesPicoUsd += replayedOthersPicoUsd(fixture);
    return;
  }
  const counted = read.input;
  const inputTokens = script.inputTokens ?? counted.inputTokens;
  const cachedWish = script.cachedTokens > 0 ? script.cachedTokens : counted.cachedTokens;
  const cachedTokens = Math.min(cachedWish, inputTokens);
  const room = inputTokens - cachedTokens;
  const writtenHourTokens = Math.min(counted.writtenHourTokens, room);
  const writtenWish = script.cacheWriteTokens > 0 ? script.cacheWriteTokens : counted.writtenTokens;
  const writtenTokens = Math.min(writtenWish, room - writtenHourTokens);
  const searchesPicoUsd = script.searches * (read.price?.searchPicoUsd ?? 0);
  Object.assign(record.units, {
    inputTokens,
    cachedTokens,
    writtenTokens,
    writtenHourTokens,
    audioInputTokens: Math.min(counted.audioInputTokens, room - writtenTokens - writtenHourTokens),
    ratePercent: counted.ratePercent,
    feesPicoUsd: counted.feesPicoUsd + searchesPicoUsd,
  });
}

function prepareAnswer({ read, received, run, record, callsBefore }: ScriptedCall): Answer {
  const { fixture, script } = run;
  if (fixture !== undefined) return replayAnswer(fixture, script.chunkBytes);
  return read.answer({ run, record, callsBefore, bodyText: received.body.text });
}

function sendRedirect(
  call: ScriptedCall,
  caller: CallerConnection,
  address: string,
): Promise<CallEnding> {
  const location = new URL(call.path, address).href;
  return sendInstead(call, caller, 307, 'text/plain; charset=utf-8', '', { location });
}

function sendError(
  call: ScriptedCall,
  caller: CallerConnection,
  error: ProviderError,
): Promise<CallEnding> {
  const text = JSON.stringify(error.body);
  return sendInstead(call, caller, error.status, 'application/json', text);
}

async function sendInstead(
  { dialect }: ScriptedCall,
  caller: CallerConnection,
  status: number,
  contentType: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<CallEnding> {
  caller.start(status, { 'content-type': contentType, ...dialect.voice.headers(), ...headers });
  return (await caller.end(text)) ? 'fault' : 'client-abort';
}
