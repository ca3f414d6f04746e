// Tells the gateway's requests from everybody else's: a signature (RFC 9421) by the secret that the
// two share, over method, path, query, the very body and every header in which the gateway speaks,
// good for a minute and for one request. WebCrypto only, so it runs on Node, Workers, Deno and Bun.
// It believes no Weighbridge header that is not signed.

/** Who calls, by the gateway's word. */
export type GatewayCaller = {
  readonly requestId: string;
  readonly kind: 'key' | 'agent' | 'user' | 'device' | 'address';
  /** As the identity provider calls them; null where nobody has signed in. */
  readonly user: string | null;
  readonly plan: string | null;
};

export type LockOptions = {
  /** The secret that the policy's `grantSecret` names: 32 bytes or more in base64url. */
  readonly secret: string;
  /** This server's `id` among the policy's `origins`. */
  readonly origin: string;
  /**
   * Is this nonce new? Once said it is not, until it expires. Servers that share a secret have to
   * share this memory as well; without it each has its own.
   */
  readonly isNew?: (nonce: string, expiresAtSeconds: number) => boolean | Promise<boolean>;
  /** Hears why a request was refused. The one who asked does not. */
  readonly onRefused?: (why: string) => void;
  readonly nowMs?: () => number;
};

export type SeenRequest = {
  readonly method: string;
  /** Path and query, as they were received. */
  readonly target: string;
  /** By lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Asked for only if the signature is good. Null for a body that is too long. */
  readonly readBody: () => Promise<Uint8Array<ArrayBuffer> | null>;
};

/** Null: nobody whom this server should serve. */
export type Lock = (request: SeenRequest) => Promise<GatewayCaller | null>;

const SECRET_BYTES_MIN = 32;
/** The gateway signs for so long. */
const LIFE_SECONDS_MAX = 60;
const CLOCK_SKEW_SECONDS = 5;
/** What a minute of 1,600 requests a second leaves behind. */
const NONCES_MAX = 100_000;

const INPUT =
  /^weighbridge=(\(([^()]{1,1024})\);created=(\d{1,12});expires=(\d{1,12});nonce="([\w-]{22})";keyid="([a-z0-9-]{1,63})";alg="hmac-sha256";tag="weighbridge-origin")$/;
const SIGNATURE = /^weighbridge=:([A-Za-z0-9+/]{43}=):$/;
const COMPONENT = /^"(@?[a-z0-9-]{1,64})"$/;
const NEEDED = [
  '@method',
  '@path',
  '@query',
  'content-digest',
  'weighbridge-request-id',
  'weighbridge-caller',
];
/** Some servers read `_` as `-`: what could be taken for the gateway's word has to be signed. */
const SPOKEN = /^(?:weighbridge[-_]|content[-_]type$)/;

const utf8 = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new TextEncoder().encode(text));
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

function secretOf({ secret }: LockOptions): Uint8Array<ArrayBuffer> {
  const isText = /^[\w-]*$/.test(secret) && secret.length % 4 !== 1;
  const bytes = fromBase64(isText ? secret.replaceAll('-', '+').replaceAll('_', '/') : '');
  if (bytes.length < SECRET_BYTES_MIN) {
    throw new Error('the origin lock needs a secret of 32 bytes or more, in base64url');
  }
  return bytes;
}

async function keyOf(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const how = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(0),
    info: utf8('weighbridge 1 origin-lock'),
  };
  const made = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  return crypto.subtle.deriveKey(how, root, made, false, ['verify']);
}

/** Of this process. What the gateway signed is all that gets in, and it goes in a minute. */
export function nonceMemory(
  nowSeconds: () => number,
  noncesMax = NONCES_MAX,
): (nonce: string, expiresAtSeconds: number) => boolean {
  const seen = new Map<string, number>();
  return (nonce, expiresAtSeconds) => {
    for (const [old, expires] of seen) {
      if (expires > nowSeconds()) break;
      seen.delete(old);
    }
    // A full memory could not tell a replay: it says no.
    if (seen.has(nonce) || seen.size >= noncesMax) return false;
    seen.set(nonce, expiresAtSeconds);
    return true;
  };
}

/** RFC 9421, 2.5; null if a line of it is missing. */
function baseOf(names: readonly string[], parameters: string, seen: SeenRequest): string | null {
  const at = seen.target.indexOf('?');
  const derived = new Map([
    ['@method', seen.method],
    ['@path', at < 0 ? seen.target : seen.target.slice(0, at)],
    ['@query', at < 0 ? '?' : seen.target.slice(at)],
  ]);
  const lines = names.map((name) => {
    const value = name.startsWith('@') ? derived.get(name) : seen.headers.get(name)?.trim();
    return value === undefined ? null : `"${name}": ${value}`;
  });
  if (lines.includes(null)) return null;
  return [...lines, `"@signature-params": ${parameters}`].join('\n');
}

/** A structured string; `~7c` in it stands for a byte that is no letter. */
function textOf(field: string | undefined): string | null {
  const quoted = /^"([^"\\]*)"$/.exec(field ?? '')?.[1];
  if (quoted === undefined) return null;
  return decodeURIComponent(quoted.replace(/~([0-9a-f]{2})/g, '%$1'));
}

/** Why this is no request of the gateway's, or its nonce, which is still to be spent. */
async function judge(
  seen: SeenRequest,
  options: LockOptions,
  key: CryptoKey,
  nowSeconds: number,
): Promise<{ refused: string } | { nonce: string; expires: number }> {
  const { headers } = seen;
  const input = INPUT.exec(headers.get('signature-input') ?? '');
  const tag = SIGNATURE.exec(headers.get('signature') ?? '')?.[1];
  if (input === null || tag === undefined) return { refused: 'not signed by the gateway' };
  const [, parameters = '', list = '', from, until, nonce = '', keyId] = input;
  const [created, expires] = [Number(from), Number(until)];
  if (keyId !== options.origin) return { refused: `signed for origin "${String(keyId)}"` };
  if (created > nowSeconds + CLOCK_SKEW_SECONDS) return { refused: 'signed in the future' };
  if (expires <= nowSeconds) return { refused: 'expired' };
  if (expires - created > LIFE_SECONDS_MAX) return { refused: 'signed for too long' };
  const names = list.split(' ').map((one) => COMPONENT.exec(one)?.[1] ?? '');
  const covered = new Set(names);
  if (covered.size !== names.length || !NEEDED.every((name) => covered.has(name))) {
    return { refused: 'the signature covers too little' };
  }
  for (const name of headers.keys()) {
    if (SPOKEN.test(name) && !covered.has(name)) return { refused: `${name} is not signed` };
  }
  const base = baseOf(names, parameters, seen);
  // `verify` compares in the same time whatever it finds.
  if (base === null || !(await crypto.subtle.verify('HMAC', key, fromBase64(tag), utf8(base)))) {
    return { refused: 'the signature is of another request, or by another secret' };
  }
  const body = await seen.readBody();
  if (body === null) return { refused: 'the body is too long' };
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  const declared = `sha-256=:${btoa(String.fromCharCode(...digest))}:`;
  if (headers.get('content-digest') !== declared) return { refused: 'another body was signed' };
  return { nonce, expires };
}

export function makeLock(options: LockOptions): Lock {
  const { nowMs = () => Date.now(), onRefused = () => undefined } = options;
  const nowSeconds = (): number => Math.floor(nowMs() / 1_000);
  const isNew = options.isNew ?? nonceMemory(nowSeconds);
  const secret = secretOf(options);
  let key: Promise<CryptoKey> | null = null;
  return async (seen) => {
    key ??= keyOf(secret);
    const judged = await judge(seen, options, await key, nowSeconds());
    const refused =
      'refused' in judged
        ? judged.refused
        : (await isNew(judged.nonce, judged.expires))
          ? null
          : 'shown before';
    if (refused !== null) {
      onRefused(refused);
      return null;
    }
    const { headers } = seen;
    return {
      requestId: headers.get('weighbridge-request-id') ?? '',
      kind: headers.get('weighbridge-caller') as GatewayCaller['kind'],
      user: textOf(headers.get('weighbridge-user')),
      plan: textOf(headers.get('weighbridge-plan')),
    };
  };
}
