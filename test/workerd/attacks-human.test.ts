// Attacks 17 and 27 where a human is asked for, and 29: a farm that buys tokens. What breaks if
// this fails: one solved widget is good for a thousand calls, an outage of Turnstile opens the
// door, or reselling pays.

import { afterAll, describe, expect, it } from 'vitest';
import { type Device, makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import {
  BODY,
  type Gateway,
  policyWith,
  type ProviderAnswer,
  startGateway,
  wordOf,
} from './gateway-harness.ts';
import { alsoShowing, humanPolicy, openSite } from './human-harness.ts';

describe('attack 17: a widget that was solved for something else', () => {
  it.each([
    ['another challenge', { cdata: 'A'.repeat(43) }],
    ['another action', { action: 'login' }],
    ['another page', { hostname: 'farm.example' }],
  ])('is refused where it was solved for %s', async (_, other) => {
    const gateway = startGateway({ policy: humanPolicy('call') });
    const site = openSite(gateway);
    const wire = await gateway.challenge();
    const headers = await prove(wire, BODY);
    const shown = alsoShowing(headers, 'h', site.buy(wire, other));
    expect(wordOf(await gateway.send({ headers: shown }))).toBe('invalid-human-token');
    // The nonce is spent, whatever the site said: the right token comes too late.
    const late = alsoShowing(headers, 'h', site.buy(wire));
    expect(wordOf(await gateway.send({ headers: late }))).toBe('replayed');
    expect(gateway.forwarded).toEqual([]);
  });

  it('passes where it was solved for this very call', async () => {
    const gateway = startGateway({ policy: humanPolicy('call') });
    const site = openSite(gateway);
    const wire = await gateway.challenge();
    const headers = alsoShowing(await prove(wire, BODY), 'h', site.buy(wire));
    expect(wordOf(await gateway.send({ headers }))).toBe('ok');
  });

  it('is asked about once, however often the call is replayed', async () => {
    const gateway = startGateway({ policy: humanPolicy('call') });
    const site = openSite(gateway);
    const wire = await gateway.challenge();
    const headers = alsoShowing(await prove(wire, BODY), 'h', site.buy(wire));
    await Promise.all(Array.from({ length: 50 }, () => gateway.send({ headers })));
    expect(gateway.siteTokens).toHaveLength(1);
    expect(gateway.forwarded).toHaveLength(1);
  });
});

describe('attack 27: taking Turnstile away', () => {
  it.each([
    ['is a 502', () => new Response('', { status: 502 })],
    ['answers rubbish', () => new Response('yes')],
    ['says it is ill', () => Response.json({ success: false, 'error-codes': ['internal-error'] })],
  ])('closes the door for strangers where siteverify %s', async (_, answer) => {
    const gateway = startGateway({ policy: humanPolicy('call') });
    gateway.siteAnswersWith(answer);
    const headers = alsoShowing(await prove(await gateway.challenge(), BODY), 'h', 'token');
    const response = await gateway.send({ headers });
    expect(wordOf(response)).toBe('human-unavailable');
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(gateway.forwarded).toEqual([]);
  });
});

/** Prices of the protocol page, section 3, in NanoUsd. */
const TOKEN = 400_000;
/** 2^20 hashes on a rented GPU: $0.0001 for 1,000 calls, the cheapest of the range. */
const HASHES_A_NANO_USD = 2 ** 20 / 100;
/** 60 kB of residential traffic at $1 a GB. */
const TRAFFIC = 60_000;
/** What stolen inference is sold for, as a share of its list price. */
const RESALE = 0.2;

const QUESTION = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'x'.repeat(6_000) }],
  max_tokens: 800,
});
/** The list value of one answer: 2,000 tokens in, 800 out. */
const VALUE = 2_000 * 150 + 800 * 600;

const dearAnswer: ProviderAnswer = () =>
  Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: 'y' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 2_000, completion_tokens: 800, total_tokens: 2_800 },
  });

type Farm = { calls: number; tokens: number; hashes: number };

/** What the farm earned less what it paid, in NanoUsd. A device key costs it nothing. */
const marginOf = ({ calls, tokens, hashes }: Farm): number =>
  RESALE * VALUE * calls - TOKEN * tokens - TRAFFIC * calls - hashes / HASHES_A_NANO_USD;

type Site = ReturnType<typeof openSite> | null;

/** A headless adapter: it does whatever is asked, and keeps what makes the next call cheaper. */
async function farmOne(
  gateway: Gateway,
  site: Site,
  ip: string,
  wanted: number,
): Promise<Pick<Farm, 'calls' | 'hashes'>> {
  let calls = 0;
  let hashes = 0;
  const device: Device = await makeDevice();
  let pass: string | null = null;
  let wire: string | null = null;
  for (let call = 0; call < wanted; call += 1) {
    const wish = { jkt: device.jkt, bodyBytes: QUESTION.length };
    wire ??= await gateway.challenge(pass === null ? wish : { ...wish, pass }, ip);
    const { k, bits, require } = readChallenge(wire);
    hashes += k * 2 ** bits;
    let headers = await prove(wire, QUESTION, device);
    const asksHuman = (require & 2) !== 0;
    if (asksHuman && site !== null) headers = alsoShowing(headers, 'h', site.buy(wire));
    if (!asksHuman && pass !== null) headers = alsoShowing(headers, 'p', pass);
    const response = await gateway.send({ headers, body: QUESTION, ip });
    calls += response.ok ? 1 : 0;
    pass = response.headers.get('Inference-Proof-Pass') ?? pass;
    wire = response.headers.get('Inference-Proof-Next');
    if (['over-budget', 'over-requests'].includes(wordOf(response))) break;
  }
  return { calls, hashes };
}

async function runFarm(gateway: Gateway, site: Site): Promise<Farm> {
  gateway.answerWith(dearAnswer);
  let [calls, hashes] = [0, 0];
  for (let identity = 0; identity < 12; identity += 1) {
    const one = await farmOne(gateway, site, `198.18.${String(identity)}.7`, 12);
    calls += one.calls;
    hashes += one.hashes;
  }
  return { calls, hashes, tokens: site?.sold() ?? 0 };
}

describe('attack 29: a farm with rented addresses and free identities', () => {
  const story: string[] = [];
  const tell = (name: string, farm: Farm): void => {
    const dollars = (nanoUsd: number): string => `$${(nanoUsd / 1e9).toFixed(6)}`;
    const perCall = marginOf(farm) / farm.calls;
    story.push(
      `${name}: ${String(farm.calls)} calls worth ${dollars(VALUE * farm.calls)}, ` +
        `${String(farm.tokens)} tokens, margin ${dollars(perCall)} a call`,
    );
  };
  afterAll(() => {
    for (const line of story) console.info(line);
  });

  it('loses money where a human proof is asked for every $0.002 of spend', async () => {
    const gateway = startGateway({ policy: humanPolicy({ usd: '0.002' }) });
    const farm = await runFarm(gateway, openSite(gateway));
    tell('a proof of being human every $0.002', farm);
    expect(farm.calls).toBeGreaterThan(50);
    expect(gateway.forwarded).toHaveLength(farm.calls);
    expect(marginOf(farm)).toBeLessThan(0);
  });

  it('negative control: earns where only work is asked for, however much of it', async () => {
    const gateway = startGateway({
      policy: policyWith({ proof: { floorHashes: 2 ** 10, capHashes: 2 ** 12 } }),
    });
    const farm = await runFarm(gateway, null);
    tell('work alone', farm);
    expect(farm.calls).toBeGreaterThan(50);
    expect(marginOf(farm)).toBeGreaterThan(0);
    // Even at the cap of 2^24 hashes a call.
    expect(marginOf({ ...farm, hashes: farm.calls * 2 ** 24 })).toBeGreaterThan(0);
  });

  it('negative control: earns where one token opens a session', async () => {
    const gateway = startGateway({ policy: humanPolicy({ usd: '4' }) });
    const farm = await runFarm(gateway, openSite(gateway));
    tell('a proof of being human every $4', farm);
    expect(marginOf(farm)).toBeGreaterThan(0);
  });
});
