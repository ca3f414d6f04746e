// Attacks 22, 23 and 26: other spellings of one proof, other keys, and what official clients make
// of a refusal. What breaks if this fails: a spent proof comes back under another name, a leaked
// key works for ever, or a client turns one refusal into three calls.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64Url } from '../../core/bytes.ts';
import { prove } from '../support/anonymous.ts';
import {
  BODY,
  codeOf,
  HOST,
  IP,
  SECRETS,
  type Sent,
  startGateway,
  wordOf,
} from './gateway-harness.ts';

const gateway = startGateway();
const said = async (sent: Sent): Promise<string> => wordOf(await gateway.send(sent));

describe('attack 22: another spelling of the same proof', () => {
  it('is refused or is the same nonce: one canonical outcome', async () => {
    const headers = await prove(await gateway.challenge(), BODY);
    const proof = headers['Inference-Proof'] ?? '';
    expect(await said({ headers })).toBe('ok');
    const before = gateway.forwarded.length;
    for (const spelling of spellingsOf(proof)) {
      const sent = { headers: { ...headers, 'Inference-Proof': spelling } };
      expect(await said(sent)).toMatch(/^(replayed|malformed|bad-mac|unknown-key)$/);
    }
    expect(gateway.forwarded).toHaveLength(before);
  });

  it('of the path is another path or refused, never the route without a proof', async () => {
    const before = gateway.forwarded.length;
    for (const path of ['/api/chat/', '/api//chat', '/API/chat', '/api/%63hat']) {
      const headers = await prove(await gateway.challenge(), BODY);
      expect((await gateway.send({ headers, path })).ok, path).toBe(false);
    }
    expect(gateway.forwarded).toHaveLength(before);
  });

  it('negative control: a store keyed by the wire string takes respelled ones', async () => {
    const headers = await prove(await gateway.challenge(), BODY);
    const proof = headers['Inference-Proof'] ?? '';
    const redeem = naiveStore(proof);
    expect([redeem(proof), redeem(proof)]).toEqual(['ok', 'replayed']);
    expect(spellingsOf(proof).map(redeem)).toContain('ok');
  });
});

const spellingsOf = (proof: string): readonly string[] => [
  proof,
  proof.replaceAll(', ', ','),
  proof.split(', ').toReversed().join(', '),
  `  ${proof}  `,
  proof.replace(/(c="[^"]*)"/, '$1="'),
  proof.replace(/(c="[^".]*)\./, '$1=.'),
  proof.replaceAll('-', '+').replaceAll('_', '/'),
  proof.replace(/(c="[^"]*)(.)"/, (_, head: string, last: string) => `${head}${next(last)}"`),
  proof.replace('c="', 'c="%41'),
  `${proof}, ${proof}`,
  proof.replace('c="', 'C="'),
  proof.replace(', ', ';'),
];

const wireIn = (proof: string): string => /c="([^"]*)"/.exec(proof)?.[1] ?? '';

/** As lenient as most decoders: either alphabet, padding or none, bits that do not count. */
function lenient(wire: string): string {
  const parts = wire.split('.').map((part) => part.replaceAll('-', '+').replaceAll('_', '/'));
  try {
    return parts.map(atob).join('.');
  } catch {
    return '';
  }
}

/** What a naive gateway does: believes the bytes, and remembers the text. */
function naiveStore(genuine: string): (proof: string) => 'ok' | 'replayed' | 'bad-mac' {
  const spent = new Set<string>();
  return (proof) => {
    const wire = wireIn(proof);
    if (lenient(wire) !== lenient(wireIn(genuine))) return 'bad-mac';
    if (spent.has(wire)) return 'replayed';
    spent.add(wire);
    return 'ok';
  };
}

/** The same bytes in a lax decoder: only bits that do not count are other. */
function next(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(letter) ^ 1);
}

const withKeys = (keys: Readonly<Record<string, string>>) =>
  startGateway({ bindings: { WEIGHBRIDGE_PROOF_KEY_ACTIVE: undefined, ...keys } });

const OLD = SECRETS.WEIGHBRIDGE_PROOF_KEY_ACTIVE;
const NEW = `8:${toBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`;

describe('attack 23: keys that have gone', () => {
  it('are accepted as previous for what they sealed, and refused once they are gone', async () => {
    const headers = await prove(await gateway.challenge(), BODY);
    const retired = String(Math.floor(Date.now() / 1_000) + 1);
    const rotated = withKeys({
      WEIGHBRIDGE_PROOF_KEY_ACTIVE: NEW,
      WEIGHBRIDGE_PROOF_KEY_PREVIOUS: `${OLD}:${retired}`,
    });
    const gone = withKeys({ WEIGHBRIDGE_PROOF_KEY_ACTIVE: NEW });
    expect(wordOf(await gone.send({ headers }))).toBe('unknown-key');
    expect(wordOf(await rotated.send({ headers }))).toBe('ok');
  });

  it('seal nothing new: what a leaked key signs after its day is refused', async () => {
    const headers = await prove(await gateway.challenge(), BODY);
    const longAgo = String(Math.floor(Date.now() / 1_000) - 600);
    const rotated = withKeys({
      WEIGHBRIDGE_PROOF_KEY_ACTIVE: NEW,
      WEIGHBRIDGE_PROOF_KEY_PREVIOUS: `${OLD}:${longAgo}`,
    });
    expect(wordOf(await rotated.send({ headers }))).toBe('unknown-key');
  });

  it('under a name that was given again open nothing', async () => {
    const headers = await prove(await gateway.challenge(), BODY);
    const recycled = withKeys({ WEIGHBRIDGE_PROOF_KEY_ACTIVE: NEW.replace('8:', '7:') });
    expect(wordOf(await recycled.send({ headers }))).toBe('bad-mac');
  });

  it('of a name nobody has heard of crash nothing', async () => {
    const [body = '', tag = ''] = (await gateway.challenge()).split('.');
    const bytes = fromBase64Url(body) ?? new Uint8Array(0);
    for (let kid = 0; kid < 256; kid += 5) {
      if (kid === 7) continue;
      const other = bytes.slice();
      other[1] = kid;
      const proof = `c="${toBase64Url(other)}.${tag}", w=:AAAA:`;
      expect(await said({ headers: { 'Inference-Proof': proof } })).toBe('unknown-key');
    }
  });
});

/** Sends what an SDK sends to the gateway, and counts it. */
function counting(): { readonly fetch: typeof fetch; readonly sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    fetch: (async (input: RequestInfo | URL, init?: RequestInit) => {
      const { url, method, headers, body } = new Request(input, init);
      sent.push(new URL(url).pathname);
      const all = { ...Object.fromEntries(headers), 'CF-Connecting-IP': IP };
      return gateway.handle(new Request(url, { method, headers: all, body }));
    }) as typeof fetch,
  };
}

const question = { role: 'user' as const, content: 'hi' };

describe('attack 26: a client that tries again by itself', () => {
  it('of OpenAI sends one request without a proof, not three', async () => {
    const { fetch, sent } = counting();
    const client = new OpenAI({ apiKey: 'sk-x', baseURL: `${HOST}/v1`, fetch });
    const call = client.chat.completions.create({ model: 'gpt-4o-mini', messages: [question] });
    await expect(call).rejects.toMatchObject({ status: 401, code: 'proof_required' });
    expect(sent).toEqual(['/v1/chat/completions']);
  });

  it('of Anthropic sends one request without a proof, not three', async () => {
    const { fetch, sent } = counting();
    // Its own path has no route yet; whatever path it is given, it meets the same refusal.
    const client = new Anthropic({ apiKey: 'sk-x', baseURL: HOST, fetch });
    const call = client.post('/v1/chat/completions', {
      body: { model: 'gpt-4o-mini', max_tokens: 16, messages: [question] },
    });
    await expect(call).rejects.toMatchObject({ status: 401 });
    expect(sent).toEqual(['/v1/chat/completions']);
  });

  it('negative control: of OpenAI sends three where the refusal is a 503 without a word', async () => {
    const sent: number[] = [];
    const client = new OpenAI({
      apiKey: 'sk-x',
      baseURL: `${HOST}/v1`,
      fetch: async () => {
        sent.push(1);
        return new Response('', { status: 503, headers: { 'Retry-After': '0' } });
      },
    });
    const call = client.chat.completions.create({ model: 'gpt-4o-mini', messages: [question] });
    await expect(call).rejects.toMatchObject({ status: 503 });
    expect(sent).toHaveLength(3);
  });

  it('is told not to: a refusal is no status that is retried, and says so', async () => {
    const response = await gateway.send({ ip: IP });
    expect([response.status, await codeOf(response)]).toEqual([401, 'proof_required']);
    expect(response.headers.get('x-should-retry')).toBe('false');
    const wrong = await gateway.send({ headers: { 'Inference-Proof': 'c="x"' } });
    expect([wrong.status, wrong.headers.get('x-should-retry')]).toEqual([403, 'false']);
  });
});
