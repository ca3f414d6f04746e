/**
 * Moves an answer's frames to the caller at the script's pace, billing each as it is written.
 * It stops generating the moment the caller leaves, and waits while the caller reads slowly; it
 * refuses to decide what an answer says or how the call is recorded as ended.
 */
import type { AnswerFrame } from './answer-frame.ts';
import type { CallerConnection } from './caller-connection.ts';
import { Pacer } from './pacer.ts';

export async function pumpFrames(
  caller: CallerConnection,
  frames: Iterable<AnswerFrame>,
  pace: Pace,
  onWritten: (frame: AnswerFrame) => void,
): Promise<string> {
  if (pace.byteByByte) return dripFrames(caller, frames, pace, onWritten);
  if (pace.chunkDelayMs === 0) return rushFrames(caller, frames, onWritten);
  const pacer = new Pacer(pace.chunkDelayMs);
  for (const frame of frames) {
    if (frame.isPaced) await pacer.next(caller);
    if (caller.gone) break;
    const keepUp = caller.write(frame.bytes);
    onWritten(frame);
    if (keepUp) continue;
    await caller.drained();
    if (caller.gone) break;
  }
  return '';
}

export type Pace = { readonly chunkDelayMs: number; readonly byteByByte: boolean };

/** Generated at once, written together: enough to be fast, little enough to notice an abort. */
const RUSH_CHARACTERS_MAX = 32 * 1024;

/** No delay: texts are gathered, recorded bytes go piece by piece. Returns what is left over. */
async function rushFrames(
  caller: CallerConnection,
  frames: Iterable<AnswerFrame>,
  onWritten: (frame: AnswerFrame) => void,
): Promise<string> {
  let gathered = '';
  for (const frame of frames) {
    if (typeof frame.bytes === 'string' && gathered.length < RUSH_CHARACTERS_MAX) {
      gathered += frame.bytes;
      onWritten(frame);
      continue;
    }
    caller.write(gathered);
    gathered = '';
    await caller.drained();
    await caller.yieldTurn();
    if (caller.gone) return '';
    if (typeof frame.bytes === 'string') gathered = frame.bytes;
    else caller.write(frame.bytes);
    onWritten(frame);
  }
  return gathered;
}

async function dripFrames(
  caller: CallerConnection,
  frames: Iterable<AnswerFrame>,
  pace: Pace,
  onWritten: (frame: AnswerFrame) => void,
): Promise<string> {
  const pacer = new Pacer(pace.chunkDelayMs);
  for (const frame of frames) {
    const bytes = typeof frame.bytes === 'string' ? Buffer.from(frame.bytes) : frame.bytes;
    for (let index = 0; index < bytes.length; index += 1) {
      await pacer.next(caller);
      if (caller.gone) return '';
      if (!caller.write(bytes.subarray(index, index + 1))) await caller.drained();
    }
    if (caller.gone) return '';
    onWritten(frame);
  }
  return '';
}
