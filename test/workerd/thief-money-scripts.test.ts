// A thief asks for an answer in a script that costs a token a byte, reads it, and leaves before the
// provider says what it cost. What breaks if this fails: half of such an answer is free, and a bot
// that translates into Cherokee and back pays half price for everything.

import { describe, expect, it } from 'vitest';
import { leaveOnce, pushed } from './thief-money-harness.ts';
import { OUTPUT_NANO_USD, startStreaming } from './stream-harness.ts';

const ASKED = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }], stream: true };
const CHARS = 12;
const EVENTS = 60;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
const escaped = (text: string): string =>
  text.replace(/[^ -~]/gu, (char) =>
    Array.from({ length: char.length }, (_, at) => char.charCodeAt(at))
      .map((code) => `\\u${code.toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** Text, and what o200k makes of a byte of it at the most. */
const SCRIPTS = [
  ['Cherokee', 'Ꭰ', 1],
  ['Linear B', '𐀀', 1],
  ['emoji', '🪿', 0.64],
  ['Chinese', '秤', 0.4],
] as const;

const event = (content: string): string =>
  `data: {"id":"c","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`;

const FORMS = [
  ['as it is', (text: string) => text],
  ['escaped in JSON', escaped],
] as const;

describe.each(SCRIPTS)('an answer in %s', (_, char, tokensPerByte) => {
  const text = char.repeat(CHARS / char.length);
  const billed = bytesOf(text) * EVENTS * tokensPerByte * OUTPUT_NANO_USD;

  it.each(FORMS)('costs who leaves before its end what was generated (%s)', async (__, write) => {
    const streaming = await startStreaming();
    const chunk = event(write(text));
    streaming.gateway.answerWith(() => pushed(Array.from({ length: EVENTS }, () => chunk)));
    const left = await leaveOnce(
      streaming,
      { path: '/v1/chat/completions', body: ASKED },
      (read) => read.split('\n\n').length > EVENTS,
    );
    const facts = await left.facts();
    expect(facts).toMatchObject({ ending: 'caller-left', usageSource: 'counted' });
    expect(facts.settledNanoUsd - facts.estimate.inputNanoUsd).toBeGreaterThanOrEqual(billed);
  });

  it.each(FORMS)('and so does what nobody has read yet (%s)', async (__, write) => {
    const streaming = await startStreaming();
    const chunk = event(write(text));
    streaming.gateway.answerWith(() => pushed(Array.from({ length: EVENTS }, () => chunk)));
    const left = await leaveOnce(
      streaming,
      { path: '/v1/chat/completions', body: ASKED },
      (read) => read !== '',
    );
    const facts = await left.facts();
    expect(facts.settledNanoUsd - facts.estimate.inputNanoUsd).toBeGreaterThanOrEqual(billed);
  });
});

it('negative control: half a token a byte is not enough for three of them', () => {
  const short = SCRIPTS.filter(([, char, tokensPerByte]) => {
    const bytes = bytesOf(char.repeat(CHARS / char.length)) * EVENTS;
    return bytes / 2 + 160 < bytes * tokensPerByte;
  });
  expect(short.map(([name]) => name)).toEqual(['Cherokee', 'Linear B', 'emoji']);
});

it('a ceiling that is held whole from the beginning changes nothing', async () => {
  const streaming = await startStreaming();
  const chunk = event('Ꭰ'.repeat(8));
  streaming.gateway.answerWith(() => pushed(Array.from({ length: 20 }, () => chunk)));
  const left = await leaveOnce(
    streaming,
    { path: '/v1/chat/completions', body: { ...ASKED, max_tokens: 2_048 } },
    (read) => read.split('\n\n').length > 20,
  );
  const facts = await left.facts();
  const output = facts.settledNanoUsd - facts.estimate.inputNanoUsd;
  expect(output).toBeGreaterThanOrEqual(20 * 24 * OUTPUT_NANO_USD);
  // Not the ceiling, which nobody has generated.
  expect(output).toBeLessThan(1_000 * OUTPUT_NANO_USD);
});

it('an honest caller who leaves an English answer pays for two tokens of one, and 160', async () => {
  const streaming = await startStreaming();
  const words = 'the scale says what it weighs and no more than that ';
  const chunk = event(words);
  streaming.gateway.answerWith(() => pushed(Array.from({ length: 40 }, () => chunk)));
  const left = await leaveOnce(
    streaming,
    { path: '/v1/chat/completions', body: ASKED },
    (read) => read.split('\n\n').length > 40,
  );
  const facts = await left.facts();
  const output = facts.settledNanoUsd - facts.estimate.inputNanoUsd;
  const counted = 160 + (40 * words.length) / 2;
  expect(output).toBeGreaterThanOrEqual(counted * OUTPUT_NANO_USD);
  // And some milliseconds in which nobody read.
  expect(output).toBeLessThan((counted + 400) * OUTPUT_NANO_USD);
});
