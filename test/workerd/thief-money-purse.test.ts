// A stream begins with a slice of what it may cost; a purse that a human proof opened is taken
// whole or not at all. What breaks if this fails: whoever has shown one proof is served answers
// that end in the middle, instead of being asked for another one.

import { expect, it } from 'vitest';
import { prove } from '../support/anonymous.ts';
import { type Gateway, startGateway, wordOf } from './gateway-harness.ts';
import { alsoShowing, humanPolicy, openSite } from './human-harness.ts';

const bodyOf = (tokensMax: number): string =>
  JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'hi' }],
    max_tokens: tokensMax,
    stream: true,
  });
/** $0.0005 at its ceiling of 800, $0.0002 for its first slice. */
const LONG = bodyOf(1_000);
const SHORT = bodyOf(300);

const wishOf = (body: string) => ({ model: 'gpt-4o-mini', bodyBytes: body.length });

async function sendWith(gateway: Gateway, body: string, pass: string | null, ip: string) {
  const wish = { ...wishOf(body), ...(pass === null ? {} : { pass }) };
  const wire = await gateway.challenge(wish, ip);
  const proof = await prove(wire, body);
  const headers =
    pass === null
      ? alsoShowing(proof, 'h', openSite(gateway).buy(wire))
      : alsoShowing(proof, 'p', pass);
  return gateway.send({ headers, body, ip });
}

it('a stream whose ceiling is more than a purse has left asks for another proof', async () => {
  const ip = '198.51.100.77';
  const gateway = startGateway({ policy: humanPolicy({ usd: '0.0005' }) });
  const opening = await sendWith(gateway, SHORT, null, ip);
  expect(wordOf(opening)).toBe('ok');
  const pass = opening.headers.get('Inference-Proof-Pass') ?? '';
  expect(wordOf(await sendWith(gateway, LONG, pass, ip))).toBe('proof-required');
  expect(wordOf(await sendWith(gateway, SHORT, pass, ip))).toBe('ok');
  // With a ceiling that nobody has lowered.
  const ceilings = gateway.forwarded.map((sent) => /"max_(?:completion_)?tokens":(\d+)/.exec(sent));
  expect(ceilings.map((found) => found?.[1])).toEqual(['300', '300']);
});
