// What bytes do not bound is refused unless the route says what to hold for it. What breaks if this
// fails: a request of 300 bytes that costs as much as a book.

import { describe, expect, it } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import type { Call } from '../../core/call.ts';
import type { AllowanceSource } from '../../core/policy/route-schema.ts';
import { present } from '../../core/result.ts';
import { models } from '../../worker/gates/models.ts';
import { price } from '../../worker/gates/price.ts';
import { shape } from '../../worker/gates/shape.ts';
import { identify } from '../../worker/identify.ts';
import { makeDeps, routeOf } from './gate-bench.ts';

const deps = makeDeps();
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } };
const remote = { type: 'image_url', image_url: { url: 'https://example.org/cat.png' } };
const audio = { type: 'input_audio', input_audio: { data: PIXEL, format: 'wav' } };
const file = {
  type: 'file',
  file: { file_data: `data:application/pdf;base64,${PIXEL}`, filename: 'a.pdf' },
};
const stored = { type: 'file', file: { file_id: 'file-123' } };

const asking = (content: readonly object[], more: object = {}): object => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'what is this?' }, ...content] }],
  ...more,
});

/** The call before the shape gate, on a route that allows this. */
function callOf(json: object, allow: AllowanceSource): Call {
  const route = { ...routeOf('app-chat'), allow };
  const request = new Request('https://gateway.example/api/chat', { method: 'POST' });
  const bytes = utf8(JSON.stringify(json));
  return {
    ...identify(request, { route }, deps),
    body: { bytes, digest: bytes, json, form: [], contentType: 'application/json' },
  };
}

async function priced(json: object, allow: AllowanceSource): Promise<Call> {
  let call = callOf(json, allow);
  for (const gate of [shape, models, price]) {
    const verdict = await gate.check(call, deps);
    if (!verdict.ok) throw new Error(JSON.stringify(verdict.error));
    call = verdict.value;
  }
  return call;
}

const heldOf = ({ estimate }: Call): number => present(estimate, 'estimate').totalNanoUsd;

const SEARCH = { names: ['web_search'], inputTokensMax: 100_000, usd: '0.05' };

const ALLOW: AllowanceSource = {
  images: { most: 2, tokensEach: 1_000 },
  files: { most: 1, tokensEach: 5_000 },
  audio: { most: 1, bytesPerSecondMin: 10, tokensPerSecond: 50 },
  remoteMedia: { inputTokensMax: 20_000 },
  serverState: { inputTokensMax: 30_000, usd: '0.01' },
  serverTools: SEARCH,
};

describe('what bytes do not bound', () => {
  it.each([
    ['an image', asking([image]), 'images'],
    ['an image at an address', asking([remote]), 'remoteMedia'],
    ['audio', asking([audio]), 'audio'],
    ['a file', asking([file]), 'files'],
    ['a file that the provider keeps', asking([stored]), 'serverState'],
    ['a search by the provider', asking([], { web_search_options: {} }), 'serverTools'],
  ])('%s is refused where nothing is said of it, and the field is named', async (_, json, need) => {
    expect(await shape.check(callOf(json, {}), deps)).toMatchObject({
      ok: false,
      error: { kind: 'shape-refused', field: need },
    });
  });

  it.each([
    ['an image', [image], 150 * 1_000],
    ['two images', [image, image], 150 * 2_000],
    ['a file', [file], 150 * 5_000],
    ['an address', [remote], 150 * 20_000],
    ['a kept file', [stored], 150 * 30_000 + 10_000_000],
  ])('%s is held at the price that the route gives it', async (_, parts, more) => {
    const held = heldOf(await priced(asking(parts), ALLOW));
    // Beside it only the few bytes of the part that are text.
    const bare = heldOf(await priced(asking([]), ALLOW));
    expect(held - bare).toBeGreaterThanOrEqual(more);
    expect(held - bare).toBeLessThan(more + 150 * 400);
  });

  it('seconds of audio follow from its bytes, at the rate of the route', async () => {
    const held = heldOf(await priced(asking([audio]), ALLOW));
    const bare = heldOf(await priced(asking([]), ALLOW));
    const bytes = Buffer.from(PIXEL, 'base64').length;
    expect(held - bare).toBeGreaterThanOrEqual(150 * Math.ceil(bytes / 10) * 50);
  });

  it('is refused past the number that the route offers', async () => {
    expect(await shape.check(callOf(asking([image, image, image]), ALLOW), deps)).toMatchObject({
      ok: false,
      error: { field: 'images', sentence: expect.stringContaining('At most 2') as string },
    });
  });

  it('a tool that is not named is refused although others are allowed', async () => {
    const allow = { serverTools: { ...SEARCH, names: ['code_interpreter'] } };
    expect(
      await shape.check(callOf(asking([], { web_search_options: {} }), allow), deps),
    ).toMatchObject({ ok: false, error: { field: 'tools' } });
  });
});
