/**
 * Scripts are read strictly, hold calls together on demand, and cannot bring the emulator down.
 */
import { describe, expect, it } from 'vitest';
import { useEmulator } from './emulator-harness.ts';

describe('a bad script', () => {
  const emulator = useEmulator('/nowhere/at/all');

  it.each([
    ['{', 'not valid JSON'],
    ['[]', 'JSON object'],
    ['{"chunk":5}', '"chunk"'],
    ['{"__proto__":{}}', '"__proto__"'],
    ['{"chunks":-1}', '"chunks"'],
    ['{"chunks":1.5}', '"chunks"'],
    ['{"chunks":1e9}', '"chunks"'],
    ['{"chunkDelayMs":"20"}', '"chunkDelayMs"'],
    ['{"chunkDelayMs":1e12}', '"chunkDelayMs"'],
    ['{"text":null}', '"text"'],
    ['{"text":"","chunks":3}', '"text"'],
    ['{"fault":"explode"}', '"fault"'],
    ['{"fault":429}', '"fault"'],
    ['{"times":0}', '"times"'],
    ['{"answerAfterCalls":3,"times":2}', '"answerAfterCalls"'],
    ['{"toolCalls":[{"name":"a"}]}', '"toolCalls"'],
    ['{"toolCalls":[{"name":"a","arguments":"","id":"x"}]}', '"toolCalls"'],
    ['{"chunkBytes":3}', '"replay"'],
    ['{"tool":"once"}', '"tool"'],
    ['{"tool":"always","toolCalls":[{"name":"a","arguments":""}]}', '"toolCalls"'],
    ['{"thinking":1}', '"thinking"'],
    ['{"refusal":null}', '"refusal"'],
    ['{"errorMidStream":"loud"}', '"errorMidStream"'],
    ['{"redirect":"elsewhere"}', '"redirect"'],
    ['{"redirect":"file:///etc/passwd"}', '"redirect"'],
    ['{"echoKey":1}', '"echoKey"'],
    ['{"rate":0}', '"rate"'],
    ['{"rate":5,"chunkDelayMs":5}', '"rate"'],
    ['{"searches":-1}', '"searches"'],
    ['{"replay":"a.sse","tool":"always"}', '"tool"'],
    ['{"replay":"a.sse","chunks":3}', '"chunks"'],
    ['{"replay":"a.sse","fault":"no-usage"}', '"replay"'],
    [
      '{"toolCalls":[{"name":"a","arguments":' +
        '{"a":'.repeat(9e4) +
        '1' +
        '}'.repeat(9e4) +
        '}]}',
      '',
    ],
  ])('is refused with a sentence that names it: %.60s', async (script, word) => {
    const answer = await emulator.control('POST', '/_emulator/script', script);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(JSON.stringify(word).slice(1, -1));
  });

  it('is 404 when the fixtures are not there', async () => {
    const answer = await emulator.control('POST', '/_emulator/script', '{"replay":"a.sse"}');
    expect(answer).toMatchObject({ status: 404, body: { error: { message: /fixtures folder/ } } });
  });

  it('leaves the script in force as it was', async () => {
    await emulator.script({ text: 'still here', chunkDelayMs: 0 });
    await emulator.control('POST', '/_emulator/script', '{"chunks":"many"}');
    expect((await emulator.chat()).text).toContain('still here');
  });
});

describe('answerAfterCalls', () => {
  const emulator = useEmulator();

  it('holds every answer back until that many calls have arrived', async () => {
    await emulator.script({ text: 'together', chunkDelayMs: 0, answerAfterCalls: 3 });
    const early = [emulator.chat(), emulator.chat({ stream: true })];
    let open = 0;
    while (open < 2) open = (await emulator.ledger()).openStreams;
    for (const call of (await emulator.ledger()).calls) expect(call.outputTokens).toBe(0);
    const exchanges = await Promise.all([...early, emulator.chat()]);
    expect(exchanges.map((exchange) => exchange.status)).toEqual([200, 200, 200]);
  });

  it('lets the waiting go when the script is replaced', async () => {
    await emulator.script({ text: 'released', chunkDelayMs: 0, answerAfterCalls: 2 });
    const waiting = emulator.chat();
    while ((await emulator.ledger()).openStreams < 1);
    await emulator.script({});
    expect((await waiting).text).toContain('released');
  });
});

describe('the control endpoints', () => {
  const emulator = useEmulator();

  it('tell what went up: method, path, headers and the body as sent', async () => {
    const bodyText = '{"model":"gpt-4o-mini", "messages":[{"role":"user","content":"é"}]}';
    await emulator.send(bodyText);
    expect(await emulator.requests()).toMatchObject([
      {
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { authorization: 'Bearer test-key' },
        bodyText,
      },
    ]);
  });

  it('answer health with 200 and anything unknown with 404', async () => {
    expect((await emulator.control('GET', '/_emulator/health')).status).toBe(200);
    expect((await emulator.control('GET', '/_emulator/secrets')).status).toBe(404);
  });

  it('survive a body above the limit', async () => {
    const exchange = await emulator.send('x'.repeat(9 * 1024 * 1024));
    expect(exchange.status).toBe(413);
    expect((await emulator.control('GET', '/_emulator/health')).status).toBe(200);
  });
});
