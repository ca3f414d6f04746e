// A rotation drill on the real stack: the steps of `npm run keys`, one gateway after another on the
// same state, and callers with proofs from before, during and after each. Attack 23: a proof of a
// retired key is shown. If this fails, every rotation locks honest callers out, or a leaked old key
// is good for ever.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keyring, parseMacKey } from '../../core/proof/keyring.ts';
import { present } from '../../core/result.ts';
import { completed, rotated, type Secrets } from '../../local/key-rotation.ts';
import { startStack as startLocalStack } from '../../local/stack.ts';
import { askChallenge, prove, readChallenge } from '../support/anonymous.ts';
import { CHAT, chatBody } from '../support/chat.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const body = chatBody();
const random = (): string => randomBytes(32).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1_000);

const PROOF_KEYS = ['PREVIOUS', 'ACTIVE', 'NEXT'].map((place) => `WEIGHBRIDGE_PROOF_KEY_${place}`);

/** The proof keys of these secrets; a place without one is empty, whatever the state keeps. */
const bindingsOf = (secrets: Secrets): Record<string, string> =>
  Object.fromEntries(PROOF_KEYS.map((name) => [name, secrets[name] ?? '']));

function step(secrets: Secrets): Secrets {
  const rotation = rotated(secrets, now(), random);
  if (!rotation.ok) throw new Error(rotation.error.join());
  return rotation.value.secrets;
}

const before = completed({}, random).secrets;
const after = step(before);
/** The same with the old key retired at another time. */
const retiredAt = (seconds: number): Secrets => ({
  ...after,
  WEIGHBRIDGE_PROOF_KEY_PREVIOUS: `${before['WEIGHBRIDGE_PROOF_KEY_ACTIVE'] ?? ''}:${String(seconds)}`,
});

let first: TestStack;
beforeAll(async () => {
  first = await startStack({ bindings: bindingsOf(before) });
});
afterAll(() => first.close());

type Gateway = {
  readonly url: string;
  /** A proof for a fresh challenge of this gateway. */
  readonly fresh: () => Promise<Record<string, string>>;
  readonly send: (headers: Record<string, string>) => Promise<number>;
};

const gatewayAt = (url: string): Gateway => ({
  url,
  fresh: async () => prove(await askChallenge(url, { path: CHAT }), body),
  async send(headers) {
    const response = await fetch(`${url}${CHAT}`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  },
});

/** A gateway with these secrets on the state of the first one, which has to have ended. */
async function withSecrets<Value>(
  secrets: Secrets,
  act: (gateway: Gateway) => Promise<Value>,
): Promise<Value> {
  const { stateDirectory, workerFile } = first;
  const options = { port: 0, emulatorPort: 0, stateDirectory, workerFile, emulatorOnly: true };
  const stack = await startLocalStack({ ...options, bindings: bindingsOf(secrets) });
  try {
    return await act(gatewayAt(stack.gatewayUrl));
  } finally {
    await stack.close();
  }
}

/** What a holder of the key before the rotation makes of a challenge of today. */
async function sealedByOldKey(wire: string, issuedAtSeconds: number, kid?: number) {
  const old = present(parseMacKey(before['WEIGHBRIDGE_PROOF_KEY_ACTIVE'] ?? ''), 'old key');
  const nonce = new Uint8Array(randomBytes(16));
  const asked = readChallenge(wire);
  nonce[0] = asked.nonce[0] ?? 0;
  return prove(
    new Keyring(kid === undefined ? old : { ...old, kid }, []).seal({
      ...asked,
      nonce,
      issuedAtSeconds,
      notBeforeSeconds: issuedAtSeconds,
      expiresAtSeconds: issuedAtSeconds + 90,
    }),
    body,
  );
}

test('nobody is refused before, during or after a rotation, and the old key ends', async () => {
  const old = gatewayAt(first.gatewayUrl);
  const [spent, kept, later, last, template] = [
    await old.fresh(),
    await old.fresh(),
    await old.fresh(),
    await old.fresh(),
    await askChallenge(first.gatewayUrl, { path: CHAT }),
  ];
  expect(await old.send(spent)).toBe(200);
  await first.kill();

  // Rotated: what was issued before is good and what was spent is spent. A gateway that does not
  // know yet goes on sealing with the old key: that is good too, until its end.
  const ahead = await withSecrets(after, async ({ fresh, send }) => {
    expect(await send(spent)).toBe(403);
    expect(await send(kept)).toBe(200);
    expect(await send(await fresh())).toBe(200);
    expect(await send(await sealedByOldKey(template, now()))).toBe(200);
    return fresh();
  });

  // A gateway that is still configured as before accepts what the rotated ones issue.
  await withSecrets(before, async ({ send }) => {
    expect(await send(ahead)).toBe(200);
  });

  // The old key's end has come: what it sealed before is good while it lasts, and what says it was
  // sealed since is not, whoever holds the key.
  await withSecrets(retiredAt(now() - 1), async ({ fresh, send }) => {
    expect(await send(later)).toBe(200);
    expect(await send(await sealedByOldKey(template, now() - 30))).toBe(200);
    expect(await send(await sealedByOldKey(template, now()))).toBe(403);
    expect(await send(await fresh())).toBe(200);
  });

  // Long past its end: nothing it could say is good any more, though it is still configured.
  await withSecrets(retiredAt(now() - 200), async ({ fresh, send }) => {
    for (const secondsAgo of [0, 30, 60, 89]) {
      expect(await send(await sealedByOldKey(template, now() - secondsAgo))).toBe(403);
    }
    expect(await send(last)).toBe(403);
    expect(await send(await fresh())).toBe(200);
  });
});

test('any kid that nobody has is one more refused proof, and the gateway serves on', async () => {
  await first.restart();
  const gateway = gatewayAt(first.gatewayUrl);
  const template = await askChallenge(gateway.url, { path: CHAT });
  for (const kid of [0, 3, 77, 255]) {
    expect(await gateway.send(await sealedByOldKey(template, now(), kid))).toBe(403);
  }
  expect(await gateway.send(await gateway.fresh())).toBe(200);
});

test('a previous key without an end serves, and the log says what is wrong with it', async () => {
  const open = { ...after, WEIGHBRIDGE_PROOF_KEY_PREVIOUS: `200:${random()}` };
  await first.kill();
  await withSecrets(open, async ({ fresh, send }) => {
    expect(await send(await fresh())).toBe(200);
  });
  const log = await readFile(join(first.stateDirectory, 'gateway.log'), 'utf8');
  const warning = log.split('\n').find((line) => line.includes('"event":"warning"')) ?? '';
  expect(warning).toContain('WEIGHBRIDGE_PROOF_KEY_PREVIOUS has no time of retirement');
  expect(warning).not.toContain(open.WEIGHBRIDGE_PROOF_KEY_PREVIOUS.slice(4));
});
