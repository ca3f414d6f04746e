// A stream that is cut because one of its two accounts has no more, while the other one has. What
// breaks if this fails: money stays on hold where the extension was granted, and an honest caller
// is locked out of it; or the receipt tells another figure than the ledger.

import { expect, it } from 'vitest';
import { IP } from './gateway-harness.ts';
import { factsOf, OUTPUT_NANO_USD, startStreaming } from './stream-harness.ts';

const ADDRESS = `ip:${IP}`;

it.each(['its key', 'its address'] as const)(
  'a cut by %s frees what the other had granted, and its receipt says what both were charged',
  async (whose) => {
    const streaming = await startStreaming();
    const poor = whose === 'its key' ? streaming.principal : ADDRESS;
    const before = (await streaming.counter(ADDRESS)).used;
    streaming.play({
      events: 60,
      before: async (event) => {
        if (event !== 3) return;
        const { used, held } = await streaming.counter(poor);
        await streaming.setCap(used + held + 100 * OUTPUT_NANO_USD, poor);
      },
    });
    const response = await streaming.gateway.send({
      path: '/v1/chat/completions',
      headers: { Authorization: `Bearer ${streaming.key}`, 'Weighbridge-Receipt': '1' },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content: 'hi' }],
        stream: true,
      }),
    });
    const text = await response.text();
    const requestId = response.headers.get('Weighbridge-Request-Id') ?? '';
    const facts = await factsOf(streaming, requestId);
    expect(facts).toMatchObject({ ending: 'cut-budget', hold: { refused: 'over-budget' } });
    const [, json = ''] =
      /\[DONE\]\n\nevent: weighbridge-receipt\ndata: (\{.*\})\n\n$/.exec(text) ?? [];
    expect(JSON.parse(json)).toMatchObject({
      costNanoUsd: facts.settledNanoUsd,
      heldNanoUsd: facts.hold.lastNanoUsd,
      usageSource: 'counted',
    });
    expect(await streaming.counter()).toMatchObject({ used: facts.settledNanoUsd, held: 0 });
    expect(await streaming.counter(ADDRESS)).toMatchObject({
      used: before + facts.settledNanoUsd,
      held: 0,
    });
    await streaming.setCap(1_000_000_000, poor);
  },
);

it('an answer in one piece that cost more than its slice says so in its headers', async () => {
  const streaming = await startStreaming();
  const usage = { prompt_tokens: 9, completion_tokens: 4_000, total_tokens: 4_009 };
  streaming.gateway.answerWith(() => Response.json({ id: 'c', choices: [], usage }));
  const response = await streaming.gateway.send({
    path: '/v1/chat/completions',
    headers: { Authorization: `Bearer ${streaming.key}` },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    }),
  });
  const { used, held } = await streaming.counter();
  expect(held).toBe(0);
  expect(response.headers.get('Weighbridge-Cost-NanoUsd')).toBe(String(used));
  const { settledNanoUsd } = await factsOf(
    streaming,
    response.headers.get('Weighbridge-Request-Id') ?? '',
  );
  expect(settledNanoUsd).toBe(used);
});
