// Everything between a call and its proof, whoever sends it: a challenge from the stock or the
// gateway, the work, a human where one is asked for, the signature. It sends no call and retries
// none; it only asks for challenges.

import { err, ok, type Result } from '../core/result.ts';
import { DIGEST_UNKNOWN } from '../core/proof/work.ts';
import { abortable, delay } from './abortable.ts';
import { askChallenge, type Send } from './ask-challenge.ts';
import { type Prepared, ROUTES_MAX, type Target, targetKey } from './challenge-stock.ts';
import { createDeviceKeyLoader, type DeviceKey } from './device-key.ts';
import { type HeldChallenge, holdChallenge } from './held-challenge.ts';
import type { AskHuman } from './human-asker.ts';
import { type HumanParameters, humanParametersIn } from './human-challenge.ts';
import { createHumanPass, type HumanPass } from './human-pass.ts';
import { modelOf, type OutgoingCall } from './outgoing-call.ts';
import { asItIs, Preparations } from './preparations.ts';
import type { OnProof } from './proof-state.ts';
import { digestOf, proveCall } from './prove-call.ts';
import { solveChallenge, type Solved } from './solve-challenge.ts';
import { createSolverHouse, type SolverHouse, type SolverHouseParts } from './solver-house.ts';

export type ProverParts = SolverHouseParts & {
  readonly send: Send;
  readonly gateway: URL;
  readonly askHuman: AskHuman;
  readonly onProof: OnProof;
  /** For calls nobody has made yet. */
  readonly authorization: string | null;
};

export type Proven = {
  /** The call's own, with the proof. */
  readonly headers: Headers;
  /** The device key that the challenge named, or empty. */
  readonly jkt: string;
  /** Goes back if the call cannot be sent. */
  readonly prepared: Prepared;
};

const NEXT_CHALLENGE = 'Inference-Proof-Next';
const PASS = 'Inference-Proof-Pass';
const HINT_BYTES_MAX = 65_536;

/** What the last call to a target looked like: the next will be like it. */
type Memory = {
  readonly bodyBytes: number | null;
  readonly model: string | null;
  readonly authorization: string | null;
  readonly rest: RequestInit;
};

type How = { readonly isAhead: boolean; readonly signal: AbortSignal | null };

export class Prover {
  readonly #parts: ProverParts;
  readonly #house: SolverHouse;
  readonly #loadDeviceKey: () => Promise<DeviceKey | null>;
  readonly #pass: HumanPass;
  /** What there is for calls to come. */
  readonly preparations: Preparations;
  readonly #memories = new Map<string, Memory>();
  readonly #humans = new Map<string, HumanParameters>();

  constructor(parts: ProverParts) {
    this.#parts = parts;
    this.#house = createSolverHouse(parts);
    this.#loadDeviceKey = createDeviceKeyLoader(parts.gateway.origin);
    this.#pass = createHumanPass(parts.gateway.origin);
    this.preparations = new Preparations({
      house: this.#house,
      onProof: parts.onProof,
      ask: (target) => this.#askAhead(target),
    });
  }

  /**
   * `refusal`: the headers of an answer that did not take the last proof. An error is the gateway's
   * refusal to issue a challenge.
   */
  async prove(call: OutgoingCall, refusal?: Headers): Promise<Result<Proven, Response>> {
    const deviceKey = await abortable(this.#loadDeviceKey(), call.signal);
    const jkt = deviceKey?.jkt ?? '';
    let prepared =
      refusal === undefined
        ? await this.preparations.take(call, call.signal)
        : this.#offered(call, refusal, jkt);
    // Another tab may have used the pass up.
    if (prepared?.held.wantsPass === true && this.#pass.read() === null) prepared = null;
    if (prepared === null) {
      const how = { isAhead: false, signal: call.signal };
      const asked = await this.#ask(call, jkt, memoryOf(call, modelOf(call)), how);
      if (!asked.ok) return err(asked.error);
      prepared = asItIs(asked.value);
    }
    try {
      return ok(await this.#answer(call, prepared, deviceKey));
    } catch (error) {
      // Nothing was sent: who left, or would not show that they are human, has used nothing up.
      this.preparations.giveBack(call, prepared);
      throw error;
    }
  }

  /** Reads from an answer's headers what the next call will need. */
  learn(call: OutgoingCall, headers: Headers, jkt: string): void {
    const pass = headers.get(PASS);
    if (pass !== null) this.#pass.keep(pass);
    const next = headers.get(NEXT_CHALLENGE);
    // Reading a long body for a hint would take longer than the hint saves.
    const model = call.body.length <= HINT_BYTES_MAX ? modelOf(call) : null;
    remember(this.#memories, call, memoryOf(call, model));
    const held = holdChallenge(next, jkt, this.#humans.get(targetKey(call)) ?? null);
    if (held !== null) this.preparations.keep(call, held);
  }

  /** The page goes away, perhaps to come back: what nobody waits for is ended. */
  rest(): void {
    this.preparations.sweep(true);
    this.#house.close();
  }

  /** The page is back after a time nobody knows. */
  wake(): void {
    this.preparations.sweep(false);
  }

  async #answer(
    call: OutgoingCall,
    prepared: Prepared,
    deviceKey: DeviceKey | null,
  ): Promise<Proven> {
    const { held } = prepared;
    const contentDigest = await digestOf(call.body);
    call.signal?.throwIfAborted();
    // Both at once; without one of them the other is of no use.
    const leaving = new AbortController();
    const both = { ...call, signal: leaving.signal };
    const human = held.human === null ? null : this.#human(both, held, held.human);
    const answered = Promise.all([this.#solve(both, prepared, contentDigest), human]);
    const [solved, humanToken] = await abortable(answered, call.signal).catch((error: unknown) => {
      leaving.abort(error);
      throw error;
    });
    await delay(held.waitMilliseconds(), call.signal);
    const pass = held.wantsPass ? this.#pass.read() : null;
    const { work, hashes, milliseconds } = solved;
    const shown = { contentDigest, work, deviceKey, humanToken, pass };
    const headers = await proveCall(call, held, shown);
    call.signal?.throwIfAborted();
    const path = call.url.pathname;
    const ahead = prepared.solution !== null;
    this.#parts.onProof({ state: 'sent', path, hashes, milliseconds, ahead });
    return { headers, jkt: held.challenge.jkt, prepared };
  }

  async #solve(
    call: OutgoingCall,
    prepared: Prepared,
    contentDigest: OutgoingCall['body'],
  ): Promise<Solved> {
    const { held } = prepared;
    const { signal } = call;
    const path = call.url.pathname;
    const say = (progress: number): void => {
      this.#parts.onProof({ state: 'solving', path, progress });
    };
    if (prepared.solution === null || prepared.isBusy()) say(0);
    const done = prepared.solution === null ? null : await abortable(prepared.solution, signal);
    if (done !== null) return done;
    return this.#house.use((solve) =>
      solveChallenge(held, {
        solve,
        method: call.method,
        contentDigest: held.isAhead ? DIGEST_UNKNOWN : contentDigest,
        signal,
        onProgress: say,
      }),
    );
  }

  async #human(
    call: OutgoingCall,
    held: HeldChallenge,
    parameters: HumanParameters,
  ): Promise<string> {
    this.#parts.onProof({ state: 'human', path: call.url.pathname });
    const token = await this.#parts.askHuman(held, parameters, call.signal);
    this.#pass.drop();
    return token;
  }

  #offered(call: OutgoingCall, refusal: Headers, jkt: string): Prepared | null {
    const stated = humanParametersIn(refusal);
    if (stated !== null) remember(this.#humans, call, stated);
    const human = this.#humans.get(targetKey(call)) ?? null;
    const held = holdChallenge(refusal.get(NEXT_CHALLENGE), jkt, human);
    return held === null ? null : asItIs(held);
  }

  async #ask(
    target: Target,
    jkt: string,
    memory: Memory,
    how: How,
  ): Promise<Result<HeldChallenge, Response>> {
    const { send, gateway, onProof } = this.#parts;
    const { method, url } = target;
    onProof({ state: 'challenge', path: url.pathname });
    this.#house.warm();
    const wish = { method, url, jkt, pass: this.#pass.read(), ...memory, ...how };
    const asked = await askChallenge(send, gateway, wish);
    if (asked.ok && asked.value.human !== null) remember(this.#humans, target, asked.value.human);
    return asked;
  }

  async #askAhead(target: Target): Promise<HeldChallenge | null> {
    const { authorization } = this.#parts;
    const nothing: Memory = { bodyBytes: null, model: null, authorization, rest: {} };
    const memory = this.#memories.get(targetKey(target)) ?? nothing;
    const jkt = (await this.#loadDeviceKey())?.jkt ?? '';
    const asked = await this.#ask(target, jkt, memory, { isAhead: true, signal: null });
    if (asked.ok) return asked.value;
    void asked.error.body?.cancel().catch(() => undefined);
    return null;
  }
}

const memoryOf = ({ body, headers, rest }: OutgoingCall, model: string | null): Memory => ({
  bodyBytes: body.length,
  model,
  authorization: headers.get('Authorization'),
  rest,
});

function remember<Value>(map: Map<string, Value>, target: Target, value: Value): void {
  if (map.size >= ROUTES_MAX) map.clear();
  map.set(targetKey(target), value);
}
