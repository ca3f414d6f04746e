// Bytes of no known format: what is priced are their number and their sum. What breaks if this
// fails: a route without a meter passes more than was held.

import { describe, expect, it } from 'vitest';
import { outgoing } from '../../core/dialects/outgoing.ts';
import { plain } from '../../core/dialects/plain.ts';
import { estimateCall } from '../../core/pricing/estimate.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import type { ModelPrice } from '../../core/pricing/rates.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { requestOf } from '../support/request-input.ts';

const BYTES = new Uint8Array([0, 255, 13, 10, 123]);

function askOf(bytes: Uint8Array<ArrayBuffer>) {
  const read = plain.readRequest(requestOf(null, { bytes }));
  if (!read.ok) throw new Error('not read');
  return read.value;
}

/** $0.001 a request, $1 a million bytes up, $2 a million bytes down. */
const PRICE: ModelPrice = {
  model: 'bytes',
  provider: 'openai',
  rates: { request: 1_000_000_000, byteIn: 1_000_000, byteOut: 2_000_000 },
  longContext: [],
  tiers: {},
  hiddenOutput: false,
  billsAbandonedInFull: false,
};

describe('a plain call', () => {
  it('goes up as it came, with its own type', () => {
    const narrowed = plain.narrow(askOf(BYTES), {
      outputTokensMax: 1,
      safetyIdentifier: '',
      provider: 'openai',
    });
    expect(outgoing(narrowed, 'application/x-own', 'n')).toEqual({
      body: BYTES,
      contentType: 'application/x-own',
    });
  });

  it('is held at its bytes up, the most bytes down, and the request', () => {
    const ask = askOf(BYTES);
    const estimate = estimateCall(PRICE, {
      ask: { ...ask, pieces: { ...ask.pieces, byteOut: 1_000 } },
      forwardedBytes: BYTES.length,
      outputTokensMax: 4_096,
      allowance: { inputTokens: 0, nanoUsd: 0 },
    });
    expect(estimate.totalNanoUsd).toBe(1_000_000 + 5 * 1_000 + 1_000 * 2_000);
    expect(estimate.totalNanoUsdMin).toBe(estimate.totalNanoUsd);
  });

  it('costs what passed, to the byte, and passes it unchanged', () => {
    const ask = askOf(BYTES);
    const options = { hideUsage: false, collectAnswer: false };
    const reader = streamReader(plain.openStream(ask, options), plain.framing(ask, 'text/html'));
    const chunk = new TextEncoder().encode('data: {"not": "an event"');
    expect(reader.feed(chunk)).toEqual(chunk);
    expect(reader.feed(chunk)).toEqual(chunk);
    reader.end();
    const usage = reader.usage();
    expect(usage?.extras).toEqual({ byteIn: 5, byteOut: 2 * chunk.length });
    if (usage === null) throw new Error('no usage');
    const nanoUsd = priceUsage(PRICE, usage, () => null);
    expect(nanoUsd).toBe(1_000_000 + 5 * 1_000 + 2 * chunk.length * 2_000);
  });
});
