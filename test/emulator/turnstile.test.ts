/**
 * The stand-in for Turnstile against Cloudflare's documentation: which codes it answers with and in
 * which order, the dummy keys, that a token is good once and for five minutes, and that it can
 * fail.
 */
import { describe, expect, it } from 'vitest';
import { EMULATOR_TURNSTILE_SECRET } from '../../emulator/turnstile.ts';
import { like } from '../support/like.ts';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();
const DUMMY_TOKEN = 'XXXX.DUMMY.TOKEN.XXXX';
const secret = EMULATOR_TURNSTILE_SECRET;

type Verdict = { readonly success: boolean; readonly 'error-codes': readonly string[] };
type Fields = Readonly<Record<string, string>>;

const post = (body: string | URLSearchParams, type?: string): Promise<Response> =>
  fetch(`${emulator.url}/turnstile/v0/siteverify`, {
    method: 'POST',
    body,
    ...(type === undefined ? {} : { headers: { 'Content-Type': type } }),
  });
const verify = async (fields: Fields): Promise<Verdict> =>
  (await post(new URLSearchParams(fields))).json() as Promise<Verdict>;

const PAGE = { sitekey: '0x4', action: 'chat', cData: 'c-1', hostname: 'shop.example' };

async function solve(more: object = {}, headers: Fields = {}): Promise<Record<string, string>> {
  const response = await fetch(`${emulator.url}/turnstile/v0/emulated-token`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ...PAGE, ...more }),
  });
  expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
  return (await response.json()) as Record<string, string>;
}
const tokenOf = async (more: object = {}, headers: Fields = {}): Promise<string> =>
  (await solve(more, headers))['token'] ?? '';

const refused = (code: string): object => ({ success: false, 'error-codes': [code] });

describe('siteverify', () => {
  it('says of a token what its page said, as a form and as JSON', async () => {
    const expected = {
      success: true,
      'error-codes': [],
      challenge_ts: like(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      hostname: 'shop.example',
      action: 'chat',
      cdata: 'c-1',
    };
    expect(await verify({ secret, response: await tokenOf() })).toEqual(expected);
    const json = JSON.stringify({ secret, response: await tokenOf() });
    expect(await (await post(json, 'application/json')).json()).toEqual(expected);
    // A browser cannot lie about its origin.
    const response = await tokenOf({}, { Origin: 'https://farm.example:8443' });
    expect(await verify({ secret, response })).toMatchObject({ hostname: 'farm.example' });
  });

  it.each([
    ['nothing', {}, 'missing-input-secret'],
    ['no secret', { response: 'x' }, 'missing-input-secret'],
    ['another secret', { secret: '0x4other', response: 'x' }, 'invalid-input-secret'],
    ['no token', { secret }, 'missing-input-response'],
    ['a token it never gave', { secret, response: 'x' }, 'invalid-input-response'],
    ['the dummy token', { secret, response: DUMMY_TOKEN }, 'invalid-input-response'],
    ['too long a token', { secret, response: 'x'.repeat(2049) }, 'invalid-input-response'],
  ])('refuses %s', async (_, fields, code) => {
    expect(await verify(fields as Fields)).toEqual(refused(code));
  });

  it('refuses what is neither a form nor JSON', async () => {
    for (const [body, type] of [
      ['secret', 'text/plain'],
      ['{', 'application/json'],
      ['[]', 'application/json'],
    ] as const) {
      expect(await (await post(body, type)).json()).toEqual(refused('bad-request'));
    }
  });

  it('takes a token once, and once more under the same idempotency key', async () => {
    const response = await tokenOf();
    expect(await verify({ secret, response })).toMatchObject({ success: true });
    expect(await verify({ secret, response })).toEqual(refused('timeout-or-duplicate'));
    const other = { secret, response: await tokenOf(), idempotency_key: 'a' };
    expect(await verify(other)).toMatchObject({ success: true });
    expect(await verify(other)).toMatchObject({ success: true });
    const twice = { ...other, idempotency_key: 'b' };
    expect(await verify(twice)).toEqual(refused('timeout-or-duplicate'));
  });

  it('takes a token for five minutes', async () => {
    const young = { secret, response: await tokenOf({ ageSeconds: 295 }) };
    expect(await verify(young)).toMatchObject({ success: true });
    const old = { secret, response: await tokenOf({ ageSeconds: 301 }) };
    expect(await verify(old)).toEqual(refused('timeout-or-duplicate'));
  });

  it.each([
    ['1x0000000000000000000000000000000AA', { success: true, hostname: 'example.com', cdata: '' }],
    ['2x0000000000000000000000000000000AA', refused('invalid-input-response')],
    ['3x0000000000000000000000000000000AA', refused('timeout-or-duplicate')],
  ])('with the dummy secret %s takes the dummy token alone', async (dummy, expected) => {
    expect(await verify({ secret: dummy, response: DUMMY_TOKEN })).toMatchObject(expected);
    const real = await verify({ secret: dummy, response: await tokenOf() });
    expect(real).toEqual(refused('invalid-input-secret'));
  });
});

it('gives the dummy token to a dummy site key that passes, and none to one that blocks', async () => {
  for (const sitekey of ['1x00000000000000000000AA', '1x00000000000000000000BB']) {
    expect(await solve({ sitekey })).toEqual({ token: DUMMY_TOKEN });
  }
  for (const sitekey of ['2x00000000000000000000AB', '2x00000000000000000000BB']) {
    expect(await solve({ sitekey })).toEqual({ error: '300030' });
  }
  expect(await solve({ sitekey: '' })).toEqual({ error: '110100' });
  expect(await solve({ action: 'a'.repeat(33) })).toEqual({ error: '110420' });
  expect(await solve({ cData: 'a b' })).toEqual({ error: '110430' });
});

describe('a script for siteverify', () => {
  const script = (body: string) => emulator.control('POST', '/_emulator/turnstile', body);

  it.each([
    ['{', 'not valid JSON'],
    ['[]', 'JSON object'],
    ['{"fault":"explode"}', '"fault"'],
    ['{"fault":"500","times":0}', '"times"'],
    ['{"faults":"500"}', '"faults"'],
  ])('is refused with a sentence that names it: %s', async (body, word) => {
    const answer = await script(body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(word.replaceAll('"', '\\"'));
  });

  it('holds for so many calls, which are counted', async () => {
    const fields = { secret, response: 'x' };
    await script('{"fault":"500","times":2}');
    expect((await post(new URLSearchParams(fields))).status).toBe(500);
    expect((await post(new URLSearchParams(fields))).status).toBe(500);
    expect(await verify(fields)).toEqual(refused('invalid-input-response'));
    await script('{"fault":"garbage","times":1}');
    expect(await (await post(new URLSearchParams(fields))).text()).toContain('<!doctype html>');
    await script('{"fault":"internal-error","times":1}');
    expect(await verify(fields)).toEqual(refused('internal-error'));
    await script('{"fault":"timeout","times":1}');
    const late = fetch(`${emulator.url}/turnstile/v0/siteverify`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(100),
    });
    await expect(late).rejects.toThrow(/timeout/i);
    const { body } = await emulator.control('GET', '/_emulator/turnstile');
    // The secret is not among what it repeats.
    expect(body).toEqual({ siteverifyCalls: 6, last: { response: 'x' } });
  });
});
