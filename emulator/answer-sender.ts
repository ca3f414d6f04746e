/**
 * Sends one prepared answer to its end, or to where the script breaks it, billing each frame as it
 * is written. It refuses to decide what an answer says.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { cutInHalf } from './answer-frame.ts';
import type { Answer } from './answer-frame.ts';
import { pumpFrames } from './answer-pump.ts';
import type { CallEnding, CallRecord } from './billing-ledger.ts';
import type { CallerConnection } from './caller-connection.ts';
import type { ScriptRun } from './script-run.ts';

const CHUNK_DELAY_MS = 10;
const DRIP_DELAY_MS = 100;
const MS_PER_SECOND = 1_000;

export async function sendAnswer(
  caller: CallerConnection,
  answer: Answer,
  run: ScriptRun,
  record: CallRecord,
  headers: OutgoingHttpHeaders,
): Promise<CallEnding> {
  const { fault } = run.script;
  const broken = fault === 'cut' || fault === 'reset';
  caller.start(answer.status, {
    'content-type': answer.contentType,
    ...(answer.isStream ? { 'transfer-encoding': 'chunked' } : {}),
    ...headers,
  });
  const frames = broken ? cutInHalf(answer) : answer.frames;
  const lastBytes = await pumpFrames(caller, frames, paceOf(run), (frame) => {
    record.units.outputTokens += frame.outputTokens;
    if (frame.isChunk && frame.bytes.length > 0) record.chunksSent += 1;
  });
  if (fault === 'reset') {
    caller.write(lastBytes);
    return (await caller.reset()) ? 'fault' : 'client-abort';
  }
  const finished = await caller.end(lastBytes);
  if (!finished) return 'client-abort';
  return broken ? 'fault' : 'complete';
}

function paceOf({ script, fixture }: ScriptRun): { chunkDelayMs: number; byteByByte: boolean } {
  const byteByByte = script.fault === 'drip';
  const usualDelayMs = byteByByte ? DRIP_DELAY_MS : fixture === undefined ? CHUNK_DELAY_MS : 0;
  const rateDelayMs = script.rate === undefined ? undefined : MS_PER_SECOND / script.rate;
  return { byteByByte, chunkDelayMs: script.chunkDelayMs ?? rateDelayMs ?? usualDelayMs };
}
