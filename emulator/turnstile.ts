/**
 * A local stand-in for Cloudflare Turnstile: siteverify as documented, with the dummy keys of the
 * documentation, and one widget of its own whose tokens carry what the page said. It believes who
 * asks it for a token, so it proves nothing to anybody outside of this machine.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { sendJson } from './json-response.ts';
import { API_SCRIPT } from './turnstile-api-script.ts';
import type { SiteScript } from './turnstile-script.ts';
import type { Token, TurnstileTokens } from './turnstile-tokens.ts';

export const TURNSTILE_PREFIX = '/turnstile/v0/';

/** The secret of the emulator's own widget. Any site key that is not a dummy belongs to it. */
export const EMULATOR_TURNSTILE_SECRET = '0x4EMULATOR000000000000000000000AA';

/** https://developers.cloudflare.com/turnstile/troubleshooting/testing/ */
const DUMMY_TOKEN = 'XXXX.DUMMY.TOKEN.XXXX';
const DUMMY_PASS = '1x0000000000000000000000000000000AA';
const DUMMY_FAIL = '2x0000000000000000000000000000000AA';
const DUMMY_SPENT = '3x0000000000000000000000000000000AA';
const DUMMY_SITE_KEYS_PASS = ['1x00000000000000000000AA', '1x00000000000000000000BB'];
const DUMMY_SITE_KEYS_BLOCK = ['2x00000000000000000000AB', '2x00000000000000000000BB'];
const DUMMY_SITE_KEY_FORCED = '3x00000000000000000000FF';
const DUMMY_HOSTNAME = 'example.com';

/** Cloudflare's limits; a widget with more fails with 110420 or 110430. */
const ACTION = /^[A-Za-z0-9_-]{0,32}$/;
const CDATA = /^[A-Za-z0-9_-]{0,255}$/;
const TOKEN_CHARS_MAX = 2048;

export type TurnstileState = {
  readonly tokens: TurnstileTokens;
  readonly script: SiteScript;
};

export type TurnstileRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyText: string;
};

export function serveTurnstile(
  state: TurnstileState,
  request: TurnstileRequest,
  response: ServerResponse,
): void {
  switch (`${request.method} ${request.path}`) {
    case 'POST /turnstile/v0/siteverify':
      return serveSiteverify(state, request, response);
    case 'GET /turnstile/v0/api.js':
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' });
      response.end(API_SCRIPT);
      return;
    case 'OPTIONS /turnstile/v0/emulated-token':
      response.writeHead(204, { ...ANY_ORIGIN, 'access-control-allow-headers': 'content-type' });
      response.end();
      return;
    case 'POST /turnstile/v0/emulated-token':
      return serveToken(state, request, response);
    default:
      return sendJson(response, 404, { error: { message: `No ${request.method} here.` } });
  }
}

const ANY_ORIGIN = { 'access-control-allow-origin': '*' };

/** What the iframe does at Cloudflare: takes what the page says, gives a token. */
function serveToken(
  { tokens }: TurnstileState,
  { headers, bodyText }: TurnstileRequest,
  response: ServerResponse,
): void {
  const said = readFields('application/json', bodyText) ?? {};
  const { sitekey = '', action = '', cData = '', hostname = 'localhost' } = said;
  const fail = (code: string): void => sendJson(response, 200, { error: code }, ANY_ORIGIN);
  if (sitekey === '') return fail('110100');
  if (!ACTION.test(action)) return fail('110420');
  if (!CDATA.test(cData)) return fail('110430');
  if (DUMMY_SITE_KEYS_BLOCK.includes(sitekey)) return fail('300030');
  if (DUMMY_SITE_KEYS_PASS.includes(sitekey) || sitekey === DUMMY_SITE_KEY_FORCED) {
    return sendJson(response, 200, { token: DUMMY_TOKEN }, ANY_ORIGIN);
  }
  const { origin } = headers;
  const page = origin !== undefined && URL.canParse(origin) ? new URL(origin).hostname : hostname;
  const age = Number(said['ageSeconds'] ?? 0);
  const widget = { sitekey, action, cdata: cData, hostname: page };
  const ageSeconds = Number.isFinite(age) ? age : 0;
  sendJson(response, 200, { token: tokens.mint(widget, Date.now(), ageSeconds) }, ANY_ORIGIN);
}

function serveSiteverify(
  { tokens, script }: TurnstileState,
  { headers, bodyText }: TurnstileRequest,
  response: ServerResponse,
): void {
  const fields = readFields(headers['content-type'] ?? '', bodyText);
  const { secret: _secret, ...told } = fields ?? {};
  script.last = told;
  switch (script.take()) {
    case 'timeout':
      // Until the caller gives up, or the server closes.
      return;
    case '500':
      return sendJson(response, 500, { success: false, 'error-codes': ['internal-error'] });
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Just a moment…</title>');
      return;
    case 'internal-error':
      return sendJson(response, 200, failed('internal-error'));
    case 'fail':
      return sendJson(response, 200, failed('invalid-input-response'));
    case 'none':
      return sendJson(response, 200, verdictOf(tokens, fields, Date.now()));
  }
}

type Fields = Readonly<Record<string, string>>;

const failed = (code: string): object => ({ success: false, 'error-codes': [code] });

/** The order of the checks is the order of the documented codes. */
function verdictOf(tokens: TurnstileTokens, fields: Fields | null, nowMs: number): object {
  if (fields === null) return failed('bad-request');
  const { secret = '', response = '', idempotency_key: idempotencyKey = '' } = fields;
  if (secret === '') return failed('missing-input-secret');
  const isDummy = [DUMMY_PASS, DUMMY_FAIL, DUMMY_SPENT].includes(secret);
  if (!isDummy && secret !== EMULATOR_TURNSTILE_SECRET) return failed('invalid-input-secret');
  if (response === '') return failed('missing-input-response');
  if (response.length > TOKEN_CHARS_MAX) return failed('invalid-input-response');
  if (isDummy) return dummyVerdict(secret, response, nowMs);
  const token = tokens.spend(response, idempotencyKey === '' ? null : idempotencyKey, nowMs);
  if (token === 'unknown') return failed('invalid-input-response');
  if (token === 'spent') return failed('timeout-or-duplicate');
  return passed(token, token.solvedAtMs);
}

/** They take the dummy token and no other, and know nothing of what a page said. */
function dummyVerdict(secret: string, response: string, nowMs: number): object {
  if (response !== DUMMY_TOKEN) return failed('invalid-input-secret');
  if (secret === DUMMY_FAIL) return failed('invalid-input-response');
  if (secret === DUMMY_SPENT) return failed('timeout-or-duplicate');
  return passed({ hostname: DUMMY_HOSTNAME, action: '', cdata: '' }, nowMs);
}

const passed = (
  { hostname, action, cdata }: Pick<Token, 'hostname' | 'action' | 'cdata'>,
  solvedAtMs: number,
): object => ({
  success: true,
  'error-codes': [],
  challenge_ts: new Date(solvedAtMs).toISOString(),
  hostname,
  action,
  cdata,
});

/** A form or JSON; null for anything else. */
function readFields(contentType: string, bodyText: string): Fields | null {
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    return Object.fromEntries(new URLSearchParams(bodyText));
  }
  if (!/^application\/json\b/i.test(contentType)) return null;
  try {
    const value: unknown = JSON.parse(bodyText);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]));
  } catch {
    return null;
  }
}
