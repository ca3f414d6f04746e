// The steps of rotating the proof keys, as values: what a set of secrets says of itself, and the
// set that comes after it. It refuses a step that would lock somebody out who did nothing wrong.
// Writes nothing and shows no secret.

import { CHALLENGE_TTL_SECONDS_MAX, CLOCK_SKEW_SECONDS } from '../core/proof/index.ts';
import { type KeySet, PROOF_KEY_VARIABLES, readKeySet } from '../core/proof/key-set.ts';
import { err, ok, type Result } from '../core/result.ts';

export type Secrets = Readonly<Record<string, string>>;

/**
 * While a new configuration is on its way, gateways of the old one still seal with the old key; and
 * an operator may take a while to send it.
 */
export const ROLLOUT_SECONDS = 3_600;
/** A challenge that was issued at the last moment is over by then. */
export const ACCEPTED_AFTER_SECONDS = CHALLENGE_TTL_SECONDS_MAX + CLOCK_SKEW_SECONDS;
/** By then a secret that was sent is everywhere. Before, what is sealed with it may be refused. */
export const SPREAD_SECONDS = 600;
const KIDS = 256;

const { active: ACTIVE, previous: PREVIOUS, next: NEXT } = PROOF_KEY_VARIABLES;
/** Beside the keys, for this tool: `kid:unixSeconds`, when the next key was made. */
export const NEXT_MADE = 'WEIGHBRIDGE_PROOF_KEY_NEXT_MADE';

export type Step = {
  /**
   * `alone`: no next key. `spreading`: not everybody accepts the next key yet. `turning`: the last
   * rotation is not over.
   */
  readonly name: 'empty' | 'alone' | 'spreading' | 'turning' | 'ready';
  readonly sentence: string;
};

const utc = (seconds: number): string => new Date(seconds * 1_000).toISOString();

const isEmpty = (secrets: Secrets): boolean =>
  Object.values(PROOF_KEY_VARIABLES).every((name) => (secrets[name] ?? '') === '');

/** When the key with this kid was made, if it was made here as a step of its own. */
function madeAtSeconds(secrets: Secrets, kid: number): number | null {
  const [, noted, seconds] = /^(\d{1,3}):(\d{1,10})$/.exec(secrets[NEXT_MADE] ?? '') ?? [];
  return Number(noted) === kid ? Number(seconds) : null;
}

function stepOfKeys(
  { active, previous, next }: KeySet,
  nextMadeAtSeconds: number | null,
  nowSeconds: number,
): Step {
  const kid = `Key ${String(active.kid)} seals.`;
  const retiredAtSeconds = previous?.retiredAtSeconds;
  const overAtSeconds = (retiredAtSeconds ?? 0) + ACCEPTED_AFTER_SECONDS;
  if (previous !== null && retiredAtSeconds !== undefined && nowSeconds <= overAtSeconds) {
    const old = `Key ${String(previous.kid)}, the one before, is accepted`;
    return {
      name: 'turning',
      sentence: `${kid} ${old} until ${utc(overAtSeconds)}; do not rotate before that.`,
    };
  }
  if (next === null) {
    return { name: 'alone', sentence: `${kid} There is no next key: a rotation takes two steps.` };
  }
  const spreadAtSeconds = (nextMadeAtSeconds ?? 0) + SPREAD_SECONDS;
  if (nextMadeAtSeconds !== null && nowSeconds < spreadAtSeconds) {
    const minutes = Math.ceil((spreadAtSeconds - nowSeconds) / 60);
    const left = minutes === 1 ? 'another minute' : `${String(minutes)} more minutes`;
    return {
      name: 'spreading',
      sentence:
        `${kid} Key ${String(next.kid)} comes next, and may not be accepted everywhere yet: ` +
        `wait ${left}, until ${utc(spreadAtSeconds)}.`,
    };
  }
  const ready = `${kid} Key ${String(next.kid)} is accepted already and comes next.`;
  const open =
    previous !== null && retiredAtSeconds === undefined
      ? ` Key ${String(previous.kid)} has no time of retirement: the next rotation takes it out.`
      : '';
  return { name: 'ready', sentence: ready + open };
}

/** Where in a rotation these secrets are, or what is wrong with them. */
export function stepOf(secrets: Secrets, nowSeconds: number): Result<Step, readonly string[]> {
  if (isEmpty(secrets)) return ok({ name: 'empty', sentence: 'There are no proof keys yet.' });
  const keys = readKeySet(secrets);
  if (!keys.ok) return keys;
  const { next } = keys.value;
  const made = next === null ? null : madeAtSeconds(secrets, next.kid);
  return ok(stepOfKeys(keys.value, made, nowSeconds));
}

/** The kid after the highest in use. By the time one comes round again it is long forgotten. */
function kidAfter({ active, previous, next }: KeySet): number {
  const used = [active, previous, next].flatMap((key) => (key === null ? [] : [key.kid]));
  let kid = (Math.max(active.kid, next?.kid ?? 0) + 1) % KIDS;
  while (used.includes(kid)) kid = (kid + 1) % KIDS;
  return kid;
}

export type Rotation = {
  readonly secrets: Secrets;
  /** Variables that changed, in the order in which they may be set one after another. */
  readonly changed: readonly string[];
  /** Kept beside them for this tool; no gateway reads it. */
  readonly noted?: readonly string[];
  readonly sentence: string;
};

/**
 * The next step, or why it is not time for one. `random`: 32 new bytes, base64url. `isAlone`: there
 * is one gateway only, which hears of everything at once.
 */
export function rotated(
  secrets: Secrets,
  nowSeconds: number,
  random: () => string,
  isAlone = false,
): Result<Rotation, readonly string[]> {
  const step = stepOf(secrets, nowSeconds);
  if (!step.ok) return step;
  if (step.value.name === 'empty') return err(['There are no proof keys yet: use "new".']);
  const isEarly = step.value.name === 'spreading' && !isAlone;
  if (step.value.name === 'turning' || isEarly) return err([step.value.sentence]);
  const keys = readKeySet(secrets);
  if (!keys.ok) return keys;
  const kid = String(kidAfter(keys.value));
  const coming = `${kid}:${random()}`;
  if (step.value.name === 'alone') {
    return ok({
      secrets: { ...secrets, [NEXT]: coming, [NEXT_MADE]: `${kid}:${String(nowSeconds)}` },
      changed: [NEXT],
      noted: [NEXT_MADE],
      sentence:
        'Step 1 of 2: there is a next key. Set it now, and wait ten minutes until it is accepted ' +
        'everywhere; then rotate again.',
    });
  }
  const retiredAtSeconds = nowSeconds + ROLLOUT_SECONDS;
  return ok({
    secrets: {
      ...secrets,
      [PREVIOUS]: `${secrets[ACTIVE] ?? ''}:${String(retiredAtSeconds)}`,
      [ACTIVE]: secrets[NEXT] ?? '',
      [NEXT]: coming,
    },
    changed: [PREVIOUS, ACTIVE, NEXT],
    sentence:
      `Rotated. Set all three within the hour. The old key seals until then and is accepted ` +
      `until ${utc(retiredAtSeconds + ACCEPTED_AFTER_SECONDS)}; after that it opens no challenge.`,
  });
}

/** What a gateway needs and does not have yet; nothing that is there is replaced. */
export function completed(secrets: Secrets, random: () => string): Rotation {
  const made: Record<string, string> = {};
  const add = (name: string, value: string): void => {
    if ((secrets[name] ?? '') === '') made[name] = value;
  };
  if (isEmpty(secrets)) {
    add(ACTIVE, `1:${random()}`);
    add(NEXT, `2:${random()}`);
  }
  add('WEIGHBRIDGE_API_KEY_SECRET', random());
  add('WEIGHBRIDGE_ADMIN_TOKEN', random());
  const changed = Object.keys(made);
  const sentence = changed.length === 0 ? 'Nothing was missing.' : `Made ${changed.join(', ')}.`;
  return { secrets: { ...secrets, ...made }, changed, sentence };
}
