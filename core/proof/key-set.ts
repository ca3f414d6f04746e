// The proof keys as an operator configures them: which are there, and whether they can stand beside
// each other. All that is wrong is said at once, by the variable's name and never with its value.

import { equalBytes } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { Keyring, type MacKey, parseMacKey } from './keyring.ts';

export const PROOF_KEY_VARIABLES = {
  active: 'WEIGHBRIDGE_PROOF_KEY_ACTIVE',
  previous: 'WEIGHBRIDGE_PROOF_KEY_PREVIOUS',
  next: 'WEIGHBRIDGE_PROOF_KEY_NEXT',
} as const;

type Place = keyof typeof PROOF_KEY_VARIABLES;

/** By variable name; one that is empty is not there. */
export type KeyTexts = Readonly<Partial<Record<string, unknown>>>;

export type KeySet = {
  readonly active: MacKey;
  readonly previous: MacKey | null;
  readonly next: MacKey | null;
};

const SHAPES: Readonly<Record<Place, string>> = {
  active: '"kid:base64url", 32 bytes or more',
  previous: '"kid:base64url:retiredAtUnixSeconds", or leave it out',
  next: '"kid:base64url", or leave it out',
};

function readPlace(texts: KeyTexts, place: Place, wrong: string[]): MacKey | null {
  const name = PROOF_KEY_VARIABLES[place];
  const text = texts[name];
  const key = typeof text === 'string' ? parseMacKey(text) : null;
  const isAbsent = text === undefined || text === '';
  if (key === null && !(isAbsent && place !== 'active')) wrong.push(`${name} (${SHAPES[place]})`);
  if (key?.retiredAtSeconds !== undefined && place !== 'previous') {
    wrong.push(`${name}: only the previous key has a time of retirement`);
  }
  return key;
}

/** What is wrong with two keys beside each other, if anything. */
function clashOf(left: MacKey | null, right: MacKey | null, mayBeOne: boolean): string | null {
  if (left === null || right === null) return null;
  const isSameSecret = equalBytes(left.secret, right.secret);
  if (left.kid !== right.kid) {
    return isSameSecret ? 'holds, under another kid, the secret of' : null;
  }
  if (!isSameSecret) return `has kid ${String(left.kid)}, which is that of`;
  return mayBeOne ? null : 'is the same key as';
}

const BESIDE = [
  ['previous', 'active'],
  ['next', 'active'],
  ['previous', 'next'],
] as const satisfies readonly (readonly [Place, Place])[];

/**
 * The keys, or sentences. The active key may stand in a second place, as it does while secrets are
 * set one after another.
 */
export function readKeySet(texts: KeyTexts): Result<KeySet, readonly string[]> {
  const wrong: string[] = [];
  const read = (place: Place): MacKey | null => readPlace(texts, place, wrong);
  const keys = { active: read('active'), previous: read('previous'), next: read('next') };
  for (const [left, right] of BESIDE) {
    const clash = clashOf(keys[left], keys[right], right === 'active');
    if (clash === null) continue;
    wrong.push(`${PROOF_KEY_VARIABLES[left]} ${clash} ${PROOF_KEY_VARIABLES[right]}`);
  }
  const { active } = keys;
  return wrong.length > 0 || active === null ? err(wrong) : ok({ ...keys, active });
}

export const keyringOf = ({ active, previous, next }: KeySet): Keyring =>
  new Keyring(
    active,
    [previous, next].filter((key) => key !== null),
  );

/** What works and is not safe to leave as it is. */
export const keySetWarnings = ({ active, previous }: KeySet): readonly string[] =>
  previous === null || previous.retiredAtSeconds !== undefined || previous.kid === active.kid
    ? []
    : [
        `${PROOF_KEY_VARIABLES.previous} has no time of retirement, so it is accepted until it is ` +
          'taken out; write it as kid:base64url:unixSeconds',
      ];
