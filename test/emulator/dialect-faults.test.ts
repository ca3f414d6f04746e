/**
 * Every fault in every dialect, seen from the caller's socket and from the ledger. If one of these
 * fails, a test of the gateway's conduct towards a broken provider tests something else.
 */
import { describe, expect, it } from 'vitest';
import { DIALECT_CASES, dialectCase } from './dialect-cases.ts';
import type { DialectCase } from './dialect-cases.ts';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();
const send = ({ path, body, headers }: DialectCase) => emulator.call(path, body, headers);

describe.each(DIALECT_CASES)('in $name', (dialect) => {
  it('a whole answer bills its input and every token', async () => {
    await emulator.script({ chunks: 8, chunkDelayMs: 0, reasoningTokens: 4 });
    const exchange = await send(dialect);
    expect(exchange).toMatchObject({ status: 200, whole: true });
    expect(exchange.contentType).toMatch(/^text\/event-stream/);
    const call = await emulator.endedCall();
    expect(call).toMatchObject({ endedBy: 'complete', outputTokens: 12, chunksSent: 8 });
    expect(call.inputTokens).toBeGreaterThan(0);
    const billedNanoUsd = call.inputTokens * dialect.input + 12 * dialect.output;
    expect(call.billedNanoUsd).toBe(billedNanoUsd);
  });

  it('hidden reasoning counts against the ceiling', async () => {
    await emulator.script({ chunks: 90, chunkDelayMs: 0, reasoningTokens: 10 });
    const { body } = dialect;
    const ceilings = ceilingOf(dialect, 20);
    const exchange = await emulator.call(dialect.path, { ...body, ...ceilings }, dialect.headers);
    expect(exchange.text).toMatch(/"length"|max_tokens|max_output_tokens|MAX_TOKENS/);
    expect(await emulator.endedCall()).toMatchObject({ outputTokens: 20, chunksSent: 10 });
  });

  it.each(['429', '500'])(
    '%s is refused in the provider’s shape and bills nothing',
    async (fault) => {
      await emulator.script({ fault });
      const exchange = await send(dialect);
      expect(exchange.status).toBe(Number(fault));
      expect(JSON.parse(exchange.text)).toMatchObject({ error: { message: /\w+/ } });
      expect(await emulator.endedCall()).toMatchObject({ endedBy: 'fault', billedNanoUsd: 0 });
    },
  );

  it('html answers 200 with a page, and refuse breaks the connection', async () => {
    await emulator.script({ fault: 'html', times: 1 });
    expect((await send(dialect)).text).toMatch(/^<!DOCTYPE html>/);
    await emulator.script({ fault: 'refuse', times: 1 });
    await expect(send(dialect)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect((await emulator.ledger()).billedNanoUsd).toBe(0);
  });

  it.each([
    ['cut', true],
    ['reset', false],
  ])('%s stops inside an event and bills what was generated', async (fault, whole) => {
    await emulator.script({ fault, chunks: 10, chunkDelayMs: 0 });
    const exchange = await send(dialect);
    expect(exchange.whole).toBe(whole);
    expect(exchange.text.endsWith('\n\n')).toBe(false);
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'fault', outputTokens: 5 });
  });

  it('drip sends the same bytes a byte at a time', async () => {
    await emulator.script({ fault: 'drip', text: 'up', chunkDelayMs: 0 });
    const exchange = await send(dialect);
    expect(exchange.pieces.length).toBeGreaterThan(exchange.body.length / 8);
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'complete', outputTokens: 1 });
  });

  it('hang bills the input until the caller leaves', async () => {
    await emulator.script({ fault: 'hang' });
    const request = emulator.beginAt(dialect.path, dialect.body, dialect.headers);
    await emulator.callWhere((call) => call.inputTokens > 0);
    request.destroy();
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'client-abort', outputTokens: 0 });
  });

  it('no-usage never tells usage, wrong-usage lies; both bill the truth', async () => {
    await emulator.script({ fault: 'no-usage', chunks: 4, chunkDelayMs: 0 });
    expect((await send(dialect)).text).not.toContain(dialect.usageWord);
    const [honest] = (await emulator.ledger()).calls;
    await emulator.script({ fault: 'wrong-usage', chunks: 4, chunkDelayMs: 0 });
    expect((await send(dialect)).text).toMatch(/(tokens|TokenCount)": ?-\d/);
    const [, lying] = (await emulator.ledger()).calls;
    expect(lying?.billedNanoUsd).toBe(honest?.billedNanoUsd);
    expect(lying?.outputTokens).toBe(4);
  });

  it('an error in mid-stream comes after half, and what was generated is billed', async () => {
    await emulator.script({ errorMidStream: true, chunks: 10, chunkDelayMs: 0 });
    const exchange = await send(dialect);
    expect(exchange).toMatchObject({ status: 200, whole: true });
    expect(exchange.text).toContain('"error"');
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'complete', outputTokens: 5 });
  });

  it('echoKey repeats the key in a 401 or 400, and redirect points elsewhere', async () => {
    await emulator.script({ echoKey: true, times: 1 });
    const echoed = await send(dialect);
    expect(echoed.status).toBeGreaterThanOrEqual(400);
    expect(echoed.text).toContain('test-key');
    await emulator.script({ redirect: 'http://127.0.0.1:9/', times: 1 });
    expect((await send(dialect)).status).toBe(307);
    expect((await emulator.ledger()).billedNanoUsd).toBe(0);
  });

  const share = dialect.isAbandonedInFull ? 'in full' : 'as far as it came';
  it(`an abandoned call is billed ${share}`, async () => {
    await emulator.script({ chunks: 5_000, chunkDelayMs: 5 });
    const request = emulator.beginAt(dialect.path, dialect.body, dialect.headers);
    await emulator.callWhere((call) => call.outputTokens > 2);
    request.destroy();
    const call = await emulator.endedCall();
    expect(call.endedBy).toBe('client-abort');
    if (dialect.isAbandonedInFull) expect(call.outputTokens).toBe(5_000);
    else expect(call.outputTokens).toBeLessThan(1_000);
  });

  it('is refused without a credential, and for a model it does not sell', async () => {
    const { path, body } = dialect;
    const bare = await fetch(emulator.url + path, { method: 'POST', body: JSON.stringify(body) });
    expect([401, 403]).toContain(bare.status);
    const other = await emulator.call(
      path.replace('gemini-2.5-flash', 'gemini-99'),
      dialect.name === 'gemini' ? body : { ...body, model: 'no-such-model' },
      dialect.headers,
    );
    expect(other.status).toBe(404);
    expect((await emulator.ledger()).billedNanoUsd).toBe(0);
  });
});

/** The ceiling under the name that the dialect gives it. */
function ceilingOf({ name }: DialectCase, tokens: number): Record<string, unknown> {
  if (name === 'openai-responses') return { max_output_tokens: tokens };
  if (name === 'gemini') return { generationConfig: { maxOutputTokens: tokens } };
  return { max_tokens: tokens };
}

it('Responses breaks off in both of its shapes', async () => {
  const responses = dialectCase('openai-responses');
  await emulator.script({ errorMidStream: 'flat', chunks: 4, chunkDelayMs: 0, times: 1 });
  const flat = (await send(responses)).text;
  expect(flat).toMatch(/event: error\ndata: \{"type":"error","code":"server_error"/);
  expect(flat).not.toContain('response.failed');
  await emulator.script({ errorMidStream: true, chunks: 4, chunkDelayMs: 0, times: 1 });
  const nested = (await send(responses)).text;
  expect(nested).toMatch(/event: error\ndata: \{"type":"error","error":\{/);
  expect(nested).toMatch(/event: response\.failed\n/);
});

it('Groq closes without [DONE] after an error, OpenRouter tells usage with it', async () => {
  await emulator.script({ errorMidStream: true, chunks: 4, chunkDelayMs: 0 });
  const groq = (await send(dialectCase('groq'))).text;
  expect(groq).toContain('event: error\n');
  expect(groq).not.toContain('[DONE]');
  const openrouter = (await send(dialectCase('openrouter'))).text;
  expect(openrouter).toMatch(/^: OPENROUTER PROCESSING\n\n/);
  expect(openrouter).toMatch(/"error":\{"code":502.*"usage":\{"prompt_tokens"/);
});
