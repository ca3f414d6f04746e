// Remembers, in this isolate and for some minutes, what each wide network has been doing, and says
// how suspicious it looks. It is a memory of limited size and no ledger: what it forgets costs a
// thief more work or less, never money of ours.

import { wideIpPrincipal } from '../core/address.ts';
import type { Call } from '../core/call.ts';
import type { ProofFailure } from '../core/proof/index.ts';
import { riskLevel, SEEN_SECONDS } from '../core/risk/score.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Deps } from './env.ts';

const NETWORKS_MAX = 4_096;
/** As many as any signal counts to. */
const DEVICE_KEYS_MAX = 1_024;

/** What honest clients do as well, by age, by price or by bad luck. */
const HONEST: ReadonlySet<ProofFailure> = new Set([
  'expired',
  'not-yet-valid',
  'underpriced',
  'too-easy',
  'unknown-key',
  'principal',
  'human-unavailable',
  'conversation',
  'too-many-outstanding',
]);

type Memory = {
  readonly sinceMs: number;
  failedProofs: number;
  goodCalls: number;
  challengesAsked: number;
  readonly deviceKeys: Set<string>;
};

export type Sight =
  | { readonly kind: 'failed'; readonly failure: ProofFailure }
  | { readonly kind: 'good'; readonly jkt: string }
  | { readonly kind: 'asked'; readonly count: number };

export class Risk {
  readonly #networks = new BoundedMap<Memory>(NETWORKS_MAX);

  levelOf(ip: string, nowMs: number): number {
    const memory = this.#networks.get(wideIpPrincipal(ip));
    if (memory === undefined || nowMs - memory.sinceMs > 1_000 * SEEN_SECONDS) return 0;
    return riskLevel({ ...memory, deviceKeys: memory.deviceKeys.size });
  }

  saw(ip: string, sight: Sight, nowMs: number): void {
    if (sight.kind === 'failed' && HONEST.has(sight.failure)) return;
    const memory = this.#memoryOf(wideIpPrincipal(ip), nowMs);
    switch (sight.kind) {
      case 'failed':
        memory.failedProofs += 1;
        return;
      case 'good':
        memory.goodCalls += 1;
        if (sight.jkt !== '' && memory.deviceKeys.size < DEVICE_KEYS_MAX) {
          memory.deviceKeys.add(sight.jkt);
        }
        return;
      case 'asked':
        memory.challengesAsked += sight.count;
    }
  }

  #memoryOf(network: string, nowMs: number): Memory {
    const known = this.#networks.get(network);
    if (known !== undefined && nowMs - known.sinceMs <= 1_000 * SEEN_SECONDS) return known;
    this.#networks.delete(network);
    const fresh: Memory = {
      sinceMs: nowMs,
      failedProofs: 0,
      goodCalls: 0,
      challengesAsked: 0,
      deviceKeys: new Set(),
    };
    this.#networks.set(network, fresh);
    return fresh;
  }
}

/** Whoever has a name that we or an identity provider gave is judged by it, not by a network. */
export const riskOf = (call: Pick<Call, 'apiKey' | 'agent' | 'user' | 'ip'>, deps: Deps): number =>
  call.apiKey !== null || call.agent !== null || call.user !== null
    ? 0
    : deps.risk.levelOf(call.ip, deps.nowMs());
