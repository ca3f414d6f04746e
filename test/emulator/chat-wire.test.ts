/**
 * The emulator's answers as OpenAI writes them: streams, JSON, choices, usage, ceilings, tools.
 */
import { describe, expect, it } from 'vitest';
import { CHAT_BODY, contentOf, readEvents, useEmulator } from './emulator-harness.ts';

const WITH_USAGE = { stream: true, stream_options: { include_usage: true } };

describe('a streamed answer', () => {
  const emulator = useEmulator();

  it('opens with the role, ends with a finish reason and [DONE], and is one id', async () => {
    await emulator.script({ chunks: 6, chunkDelayMs: 0 });
    const exchange = await emulator.chat({ stream: true });
    const chunks = readEvents(exchange.text);
    expect(exchange.contentType).toBe('text/event-stream; charset=utf-8');
    expect(chunks).toHaveLength(8);
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(new Set(chunks.map((chunk) => chunk.object))).toEqual(
      new Set(['chat.completion.chunk']),
    );
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(chunks[7]?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  it('carries usage null on every chunk and usage on a last one without choices', async () => {
    await emulator.script({ chunks: 6, chunkDelayMs: 0 });
    const chunks = readEvents((await emulator.chat(WITH_USAGE)).text);
    const last = chunks.pop();
    expect(chunks.every((chunk) => chunk.usage === null)).toBe(true);
    expect(last?.choices).toEqual([]);
    expect(last?.usage).toMatchObject({
      prompt_tokens: 14,
      completion_tokens: 6,
      total_tokens: 20,
    });
  });

  it('says the script text exactly once, in code points never cut', async () => {
    const text = 'Ünïcödé 🚀🚀🚀 "quoted"\nnew line 天秤';
    await emulator.script({ text, chunkDelayMs: 0 });
    expect(contentOf(readEvents((await emulator.chat({ stream: true })).text))).toBe(text);
  });

  it('begins the text again when there are more chunks than tokens in it', async () => {
    await emulator.script({ text: 'abcdefgh', chunks: 5, chunkDelayMs: 0 });
    const chunks = readEvents((await emulator.chat({ stream: true })).text);
    expect(contentOf(chunks)).toBe('abcdefghabcdefghabcd');
  });

  it('takes chunks × chunkDelayMs, and sends as it goes', async () => {
    await emulator.script({ chunks: 10, chunkDelayMs: 10 });
    const startedAtMs = performance.now();
    const exchange = await emulator.chat({ stream: true });
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(99);
    expect(exchange.pieces.length).toBeGreaterThan(5);
  });

  it('gives the same tokens to each of n choices and bills them all', async () => {
    await emulator.script({ chunks: 7, chunkDelayMs: 0 });
    const chunks = readEvents((await emulator.chat({ ...WITH_USAGE, n: 3 })).text);
    for (const choice of [0, 1, 2]) {
      expect(contentOf(chunks, choice)).toBe(contentOf(chunks, 0));
      const finishes = chunks.filter((chunk) => chunk.choices[0]?.index === choice);
      expect(finishes.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    }
    expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 21 });
    expect(await emulator.endedCall()).toMatchObject({ outputTokens: 21, chunksSent: 21 });
  });

  it('is large and whole when it is read slowly', async () => {
    await emulator.script({ chunks: 50_000, chunkDelayMs: 0 });
    const chunks = readEvents((await emulator.chat({ stream: true })).text);
    expect(chunks).toHaveLength(50_002);
    expect(await emulator.endedCall()).toMatchObject({ outputTokens: 50_000, endedBy: 'complete' });
  });
});

describe('a JSON answer', () => {
  const emulator = useEmulator();

  it('has the shape that OpenAI documents', async () => {
    await emulator.script({ text: 'Sixteen stone.', chunkDelayMs: 0 });
    const exchange = await emulator.chat();
    expect(exchange.contentType).toBe('application/json');
    expect(JSON.parse(exchange.text)).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-4o-mini',
      choices: [{ index: 0, message: { content: 'Sixteen stone.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 14, completion_tokens: 4, total_tokens: 18 },
    });
  });

  it('says about forty tokens when there is no script', async () => {
    const call = JSON.parse((await emulator.chat()).text) as {
      usage: { completion_tokens: number };
    };
    expect(call.usage.completion_tokens).toBeGreaterThan(30);
    expect(call.usage.completion_tokens).toBeLessThan(50);
  });

  it('returns to the default answer when the script has been used up', async () => {
    await emulator.script({ text: 'once', chunkDelayMs: 0, times: 1 });
    expect((await emulator.chat()).text).toContain('"content":"once"');
    expect((await emulator.chat()).text).toContain('Hello!');
  });
});

describe('the ceiling', () => {
  const emulator = useEmulator();

  it.each(['max_tokens', 'max_completion_tokens'])('of %s stops the answer', async (name) => {
    await emulator.script({ chunks: 50, chunkDelayMs: 0 });
    const chunks = readEvents((await emulator.chat({ ...WITH_USAGE, [name]: 5, n: 2 })).text);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length');
    expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 10 });
    expect(await emulator.endedCall()).toMatchObject({ outputTokens: 10 });
  });

  it('does not call an answer that just fits cut', async () => {
    await emulator.script({ chunks: 5, chunkDelayMs: 0 });
    expect((await emulator.chat({ max_tokens: 5 })).text).toContain('"finish_reason":"stop"');
  });

  it('counts hidden reasoning, which may use it up before a word is said', async () => {
    await emulator.script({ chunks: 5, chunkDelayMs: 0, reasoningTokens: 100 });
    const body = { ...CHAT_BODY, model: 'gpt-5-nano', max_completion_tokens: 64 };
    const answer: unknown = JSON.parse((await emulator.chat(body)).text);
    expect(answer).toMatchObject({
      choices: [{ message: { content: '' }, finish_reason: 'length' }],
      usage: { completion_tokens: 64, completion_tokens_details: { reasoning_tokens: 64 } },
    });
  });
});

describe('reasoning and cached input', () => {
  const emulator = useEmulator();

  it('are reported in the details and billed at their own rates', async () => {
    await emulator.script({ chunks: 5, chunkDelayMs: 0, reasoningTokens: 20, cachedTokens: 10 });
    const chunks = readEvents((await emulator.chat({ ...WITH_USAGE, model: 'gpt-4o' })).text);
    expect(chunks.at(-1)?.usage).toMatchObject({
      prompt_tokens: 14,
      prompt_tokens_details: { cached_tokens: 10 },
      completion_tokens: 25,
      completion_tokens_details: { reasoning_tokens: 20 },
    });
    const billedNanoUsd = 4 * 2_500 + 10 * 1_250 + 25 * 10_000;
    expect(await emulator.endedCall()).toMatchObject({ chunksSent: 5, billedNanoUsd });
  });

  it('never makes more of the input cached than there is', async () => {
    await emulator.script({ chunks: 1, chunkDelayMs: 0, cachedTokens: 1_000_000 });
    expect((await emulator.chat()).text).toContain('"cached_tokens":14');
  });
});

describe('what OpenAI refuses', () => {
  const emulator = useEmulator();

  it.each([
    ['an unknown model', { model: 'gpt-9' }, 404, 'model_not_found'],
    ['max_tokens for gpt-5', { model: 'gpt-5', max_tokens: 5 }, 400, 'unsupported_parameter'],
    ['both ceilings', { max_tokens: 5, max_completion_tokens: 5 }, 400, 'same time'],
    ['n above 128', { n: 129 }, 400, "'n'"],
    ['a ceiling of nothing', { max_tokens: 0 }, 400, 'max_tokens'],
    ['no messages', { messages: [] }, 400, 'messages'],
    ['stream options without a stream', { stream_options: {} }, 400, 'stream_options'],
    ['a stream that is a string', { stream: 'yes' }, 400, 'stream'],
  ])('is refused here too: %s', async (_what, members, status, word) => {
    const exchange = await emulator.chat(members);
    expect(exchange.status).toBe(status);
    expect(JSON.parse(exchange.text)).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect(exchange.text).toContain(word);
    expect(await emulator.endedCall()).toMatchObject({ billedNanoUsd: 0, inputTokens: 0 });
  });

  it.each(['', '{', '[]', 'null', '"text"'])('is refused as malformed: %j', async (bodyText) => {
    expect((await emulator.send(bodyText)).status).toBe(400);
  });

  it('is refused without an Authorization header, with 401', async () => {
    const body = JSON.stringify(CHAT_BODY);
    const response = await fetch(`${emulator.url}/v1/chat/completions`, { method: 'POST', body });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain("You didn't provide an API key");
  });

  it('is refused on unknown paths with 404 and for other methods with 405', async () => {
    expect((await emulator.send('{}', '/v1/everything')).status).toBe(404);
    expect((await fetch(`${emulator.url}/v1/chat/completions`)).status).toBe(405);
  });
});
