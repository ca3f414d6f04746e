// A thief who pays for one token of Turnstile and wants more than it buys. What breaks if this
// fails: one solved widget opens a purse as large as the dearest call that a route lets anybody
// announce, instead of the amount in the policy.

import { expect, it } from 'vitest';
import { prove, readChallenge } from '../support/anonymous.ts';
import { type Gateway, IP, startGateway, wordOf } from './gateway-harness.ts';
import { alsoShowing, humanPolicy, openSite } from './human-harness.ts';

const EVERY_NANO_USD = 2_000_000;

const bodyOf = (chars: number): string =>
  JSON.stringify({
    model: 'gpt-4.1-mini',
    messages: [{ role: 'user', content: 'x'.repeat(chars) }],
    max_tokens: 16,
  });
/** What may cost $0.0036 by the most cautious estimate, and then costs next to nothing. */
const DEAR = bodyOf(7_900);
/** $0.0024: more than a proof is worth, less than the dear call was held for. */
const SECOND = bodyOf(5_000);
const CHEAP = bodyOf(10);

const wishOf = (body: string) => ({ model: 'gpt-4.1-mini', bodyBytes: body.length });

/** A human proof, shown with the dearest call there is. */
async function openPurse(gateway: Gateway, ip: string, body: string): Promise<Response> {
  const site = openSite(gateway);
  const wire = await gateway.challenge(wishOf(body), ip);
  const headers = alsoShowing(await prove(wire, body), 'h', site.buy(wire));
  const response = await gateway.send({ headers, body, ip });
  expect(wordOf(response)).toBe('ok');
  return response;
}

async function spendFrom(gateway: Gateway, pass: string, ip: string, body: string) {
  const wire = await gateway.challenge({ ...wishOf(body), pass }, ip);
  const headers = alsoShowing(await prove(wire, body), 'p', pass);
  return gateway.send({ headers, body, ip });
}

it('holding much and using little buys no more than the policy says', async () => {
  const gateway = startGateway({ policy: humanPolicy({ usd: '0.002' }) });
  const opening = await openPurse(gateway, IP, DEAR);
  const pass = opening.headers.get('Inference-Proof-Pass') ?? '';
  expect(wordOf(await spendFrom(gateway, pass, IP, SECOND))).toBe('proof-required');
  expect(wordOf(await spendFrom(gateway, pass, IP, CHEAP))).toBe('ok');
  expect(gateway.forwarded).toHaveLength(2);
});

it('what the opening call really cost is taken from the purse, and the rest stays good', async () => {
  const ip = '198.51.100.9';
  const gateway = startGateway({ policy: humanPolicy({ usd: '0.002' }) });
  const opening = await openPurse(gateway, ip, DEAR);
  // The answer was short: there is room for a cheap call, and the next challenge says so.
  const next = readChallenge(opening.headers.get('Inference-Proof-Next') ?? '');
  expect(next.costNanoUsdMax).toBeGreaterThan(EVERY_NANO_USD);
  expect(next.require & 2).toBe(2);
  const pass = opening.headers.get('Inference-Proof-Pass') ?? '';
  const cheap = await spendFrom(gateway, pass, ip, CHEAP);
  const wire = cheap.headers.get('Inference-Proof-Next') ?? '';
  expect(readChallenge(wire).require & (2 | 128)).toBe(128);
});
