// What people do to a running gateway: caps raised and lowered, money given back, counters moved by
// hand, a look at an account, more or fewer shards.

import { cohortPrincipal } from '../core/address.ts';

import type { SimulatedLedger } from './port.ts';
import type { Crowd } from './crowd.ts';
import { kindOf, isSharedKind } from './policy.ts';
import type { Town } from './town.ts';

const SHARED = ['global', 'route:chat', 'model:small', 'model:large'];
const OWN = ['key:one', 'device:a', 'device:b', 'ip:203.0.113.7', 'ip:203.0.113.0/24'];
const ADOPTS_MS_MAX = 20_000;
const SAYS_AGAIN = 0.3;
const EPOCH_MAX = 4;

export class Operator {
  readonly #town: Town;
  readonly #crowd: Crowd;
  #acts = 0;

  constructor(town: Town, crowd: Crowd) {
    this.#town = town;
    this.#crowd = crowd;
  }

  act(): void {
    const { dice } = this.#town;
    const throwOf = dice.next();
    if (throwOf < 0.4) this.#setCap();
    else if (throwOf < 0.6) this.#refund();
    else if (throwOf < 0.75) this.#adjust();
    else if (throwOf < 0.85) this.#view();
    else this.relayout();
  }

  #principal(): string {
    const { dice } = this.#town;
    const throwOf = dice.next();
    if (throwOf < 0.1) return cohortPrincipal('ip:203.0.113.7', this.#town.nowMs);
    return dice.pick(throwOf < 0.55 ? SHARED : OWN);
  }

  #say(
    label: string,
    principal: string,
    message: unknown,
    run: (
      ledger: SimulatedLedger,
      place: { self: string; layout: Town['layout'] },
    ) => Promise<unknown>,
  ): void {
    const { layout } = this.#town;
    const self = this.#town.addressOf(principal);
    this.#town.network.send(
      self,
      { label, message, run: (ledger) => run(ledger, { self, layout }) },
      () => undefined,
    );
  }

  #setCap(): void {
    const { dice, policy } = this.#town;
    const principal = this.#principal();
    const { window, unit, cap } = dice.pick(policy.limits[kindOf(principal)]);
    const factor = dice.pick([0.1, 0.5, 0.9, 1.1, 2]);
    const next = dice.chance(0.3) ? null : Math.ceil(cap * factor);
    const message = { principal, window, unit, cap: next };
    this.#say('setCap', principal, message, (ledger, place) => ledger.setCap(place, message));
  }

  #adjust(): void {
    const { dice, policy, nowMs } = this.#town;
    const principal = this.#principal();
    const message = {
      id: `by-hand-${String((this.#acts += 1))}`,
      principal,
      amounts: { nanoUsd: dice.whole(-40, 40) },
      limits: policy.limits[kindOf(principal)],
      atMs: nowMs - dice.pick([0, 0, 3_600_000]),
      reason: 'a test of the books',
    };
    this.#town.auditor.adjustments.said(message);
    this.#say('adjust', principal, message, (ledger, place) => ledger.adjust(place, message));
  }

  #refund(): void {
    const { dice } = this.#town;
    const told = this.#town.auditor.calls.filter((truth) => truth.isTold).slice(-30);
    if (told.length === 0) return;
    const { errand, addresses } = dice.pick(told);
    const message = {
      id: `refund-${String((this.#acts += 1))}`,
      key: errand.key,
      nanoUsd: dice.whole(1, 30),
      reason: 'a bad answer',
    };
    const address = dice.pick(addresses);
    const said = {
      label: 'refund',
      message,
      run: (ledger: SimulatedLedger) => ledger.refund(message),
    };
    this.#town.network.send(address, said, () => undefined);
    // Whoever did not hear back says it again.
    if (dice.chance(SAYS_AGAIN)) this.#town.network.send(address, said, () => undefined);
  }

  #view(): void {
    const principal = this.#principal();
    const limits = this.#town.policy.limits[kindOf(principal)];
    if (isSharedKind(kindOf(principal)) || this.#town.dice.chance(0.5)) {
      this.#say('view', principal, null, (ledger, place) => ledger.view(place, principal, limits));
    }
  }

  /** A new set of shards. Each Worker learns of it in its own time. */
  relayout(): void {
    const { dice, layout } = this.#town;
    if (layout.epoch >= EPOCH_MAX) return;
    const next = { epoch: layout.epoch + 1, count: dice.whole(2, 4), previous: layout };
    this.#town.layout = next;
    for (const worker of this.#crowd.workers) {
      this.#town.after(dice.whole(0, ADOPTS_MS_MAX), `${worker.name} learns the layout`, () => {
        if (worker.layout.epoch < next.epoch) worker.layout = next;
      });
    }
  }
}
