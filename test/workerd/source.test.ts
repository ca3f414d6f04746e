// What may be waiting at a provider while nobody reads it. What breaks if this fails: a caller who
// reads slowly, or not at all, is served more than is paid for.

import { expect, it } from 'vitest';
import { Source } from '../../worker/relay/source.ts';

/** A provider that sends when it is told to, and a clock that moves when it is told to. */
function provider() {
  let out: ReadableStreamDefaultController<Uint8Array> | null = null;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      out = controller;
    },
  });
  let nowMs = 0;
  const source = new Source(body, () => nowMs);
  return {
    source,
    send: (bytes: number) => out?.enqueue(new Uint8Array(bytes)),
    end: () => out?.close(),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

it('grows while nothing is read, and stays as long as reads do not have to wait', async () => {
  const { source, send, pass } = provider();
  expect(source.unreadMs).toBe(0);
  source.pause();
  pass(700);
  expect([source.isPaused, source.unreadMs]).toEqual([true, 700]);
  send(1);
  send(1);
  await source.read();
  expect([source.isPaused, source.unreadMs]).toEqual([false, 700]);
  source.pause();
  pass(50);
  await source.read();
  expect(source.unreadMs).toBe(750);
});

it('is nothing once a read had to wait: then all that had gathered was read', async () => {
  const { source, send, pass } = provider();
  source.pause();
  pass(700);
  const reading = source.read();
  pass(2);
  send(1);
  await reading;
  expect(source.unreadMs).toBe(0);
});

it('gathers what has come, also what a read was waiting for, and no more than it may', async () => {
  const { source, send } = provider();
  const reading = source.read();
  send(10);
  send(20);
  send(30);
  send(40);
  let gathered = 0;
  await source.gather((bytes) => {
    gathered += bytes.length;
  }, 50);
  expect(gathered + ((await reading)?.value?.length ?? 0)).toBe(60);
});

it('stops gathering where it would have to wait, and where the answer ends', async () => {
  const waiting = provider();
  waiting.send(10);
  let gathered = 0;
  const take = (bytes: Uint8Array): void => {
    gathered += bytes.length;
  };
  await waiting.source.gather(take, 1_000);
  const ended = provider();
  ended.send(5);
  ended.end();
  await ended.source.gather(take, 1_000);
  expect(gathered).toBe(15);
});

it('a read that is called off is answered, and the stream is let go', async () => {
  const { source } = provider();
  const reading = source.read();
  source.close();
  expect(await reading).toBeNull();
});

it('is still something where a late read brings as much as had gathered', async () => {
  const { source, send, pass } = provider();
  source.pause();
  pass(700);
  const reading = source.read();
  // A busy machine was late; that says nothing about the network.
  pass(5);
  send(4_096);
  await reading;
  expect(source.unreadMs).toBe(700);
});
