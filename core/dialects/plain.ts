// An unknown format: bytes up, bytes down, priced by the request and the byte. Nothing in them is
// looked at, so nothing in them can be clamped: what bounds a call are the sizes that its route
// allows, or what its run may spend.

import type { Denial } from '../denial.ts';
import type { Usage } from '../pricing/usage.ts';
import { ok, type Result } from '../result.ts';
import type { Bytes } from '../bytes.ts';
import {
  type Ask,
  type Dialect,
  type EventReader,
  PLAIN_ASK,
  type RequestInput,
} from './dialect.ts';

function readRequest({ bytes }: RequestInput): Result<Ask, Denial> {
  return ok({
    ...PLAIN_ASK,
    model: '',
    // No token of it is priced, and no slice of an answer can be told from another.
    isFixed: true,
    inputRates: [],
    outputRates: [],
    pieces: { byteIn: bytes.length },
    body: { bytes },
  });
}

const usageOf = ({ pieces }: Ask, byteOut: number): Usage => ({
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  extras: { byteIn: pieces.byteIn ?? 0, byteOut },
});

/** Counts what passes. The end of the bytes is their only end. */
function byteReader(ask: Ask): EventReader {
  let byteOut = 0;
  return {
    take: () => 'pass',
    takeLarge: () => undefined,
    takeBytes(bytes) {
      byteOut += bytes;
    },
    cut: () => '',
    usage: () => usageOf(ask, byteOut),
    visibleBytes: () => byteOut,
    events: () => 0,
    toolCalls: () => 0,
    finished: () => true,
    answer: () => null,
  };
}

export const plain: Dialect = {
  id: 'plain',
  family: 'plain',
  bodyKind: 'bytes',
  upstreamPath: '/',
  readRequest,
  narrow: (ask) => ask.body['bytes'] as Bytes,
  framing: () => 'bytes',
  openStream: (ask) => byteReader(ask),
  readUsage: () => null,
  toolCallsIn: () => 0,
};
