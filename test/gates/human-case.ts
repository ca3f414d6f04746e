// The worlds of the `human` verifier and of the pass it gives: a siteverify in memory that knows
// the tokens it gave out, what for, and that each is good once; and a pass as the gateway seals it.

import { encodePass, passIssuedAtSeconds, passSubject } from '../../core/proof/human-pass.ts';
import { humanAction, humanCdata, type SiteVerdict } from '../../core/proof/human-token.ts';
import { ok } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { BODY, challengeFor, IP, makeDeps, NOW_MS, random, type Sent } from './gate-bench.ts';
import { policyAsking } from './policy-asking.ts';
import { type World, withMember } from './verifier-cases.ts';
import { readChallenge } from '../support/anonymous.ts';

const HOSTNAME = 'shop.example';

const REFUSED: SiteVerdict = {
  isSuccess: false,
  errorCodes: ['invalid-input-response'],
  hostname: '',
  action: '',
  cdata: '',
};

export async function humanWorld(): Promise<World> {
  const policy = policyAsking(['human'], {
    human: { siteKey: '1x', secret: 'TURNSTILE_SECRET', hostnames: [HOSTNAME], every: 'call' },
  });
  const given = new Map<string, SiteVerdict>();
  const turnstile = {
    scriptUrl: null,
    ask: async ({ token }: { token: string }) => {
      const verdict = given.get(token) ?? REFUSED;
      given.delete(token);
      return ok(verdict);
    },
  };
  const deps = makeDeps({ policy, turnstile } as unknown as Partial<Deps>);
  const headersFor = (challengeWire: string): Record<string, string> => {
    const token = Buffer.from(random(48)).toString('base64url');
    given.set(token, {
      isSuccess: true,
      errorCodes: [],
      hostname: HOSTNAME,
      action: humanAction(readChallenge(challengeWire).route),
      cdata: humanCdata(challengeWire),
    });
    return {
      'Content-Type': 'application/json',
      'Inference-Proof': `c="${challengeWire}", h="${token}"`,
    };
  };
  return {
    deps,
    bytesMax: 2_048,
    async specimen() {
      const challengeWire = challengeFor(deps);
      const headers = headersFor(challengeWire);
      const token = /h="([^"]*)"/.exec(headers['Inference-Proof'] ?? '')?.[1] ?? '';
      const put = (shown: Uint8Array | null): Sent => {
        const text = shown === null ? null : `"${Buffer.from(shown).toString('latin1')}"`;
        return { headers: withMember(headers, 'h', text), body: BODY };
      };
      return { challengeWire, sent: { headers }, evidence: Buffer.from(token), with: put };
    },
    async bySomebodyElse() {
      return { headers: headersFor(challengeFor(deps)), ip: '198.51.100.1' };
    },
    elsewhere: [
      [
        'on a page of another host',
        {},
        {
          policy: {
            ...policy,
            human: policy.human === null ? null : { ...policy.human, hostnames: ['other.example'] },
          },
        },
      ],
    ],
  };
}

const OTHER_IP = '198.51.100.1';

export async function passWorld(): Promise<World> {
  const policy = policyAsking(['human'], {
    human: {
      siteKey: '1x',
      secret: 'TURNSTILE_SECRET',
      hostnames: [HOSTNAME],
      every: { usd: '0.01' },
    },
  });
  const deps = makeDeps({ policy });
  const nowSeconds = NOW_MS / 1_000;
  const body = encodePass({
    issuedAtSeconds: nowSeconds - 60,
    expiresAtSeconds: nowSeconds + 600,
    capNanoUsd: 10_000_000,
    nonce: deps.ledgers.markNonce(random(16)),
    subject: passSubject(policy.realm, `ip:${IP}`),
  });
  const sealed = deps.keyring.sealer('human-pass', passIssuedAtSeconds).seal(body);
  const headersFor = (challengeWire: string, shown: string | null): Record<string, string> => ({
    'Content-Type': 'application/json',
    'Inference-Proof': `c="${challengeWire}"${shown === null ? '' : `, p="${shown}"`}`,
  });
  return {
    deps,
    bytesMax: 512,
    isReusable: true,
    async specimen() {
      const challengeWire = challengeFor(deps, { hasPass: true });
      const put = (shown: Uint8Array | null): Sent => {
        const text = shown === null ? null : Buffer.from(shown).toString('latin1');
        return { headers: headersFor(challengeWire, text) };
      };
      const evidence = Buffer.from(sealed);
      return { challengeWire, sent: put(evidence), evidence, with: put };
    },
    async bySomebodyElse() {
      // With a challenge of its own, so that nothing is wrong but the pass.
      const wire = challengeFor(deps, { hasPass: true, principal: `ip:${OTHER_IP}` });
      return { headers: headersFor(wire, sealed), ip: OTHER_IP };
    },
    elsewhere: [],
  };
}
