// The file of secrets that goes along with a deployment, or that `npm start` uses: keys that a
// gateway would not boot with, that are missing, or that are old. Says names and never values.

import { keySetWarnings, PROOF_KEY_VARIABLES, readKeySet } from '../../core/proof/key-set.ts';
import { type Finding, loaded, type Rule } from './finding.ts';

const DAY_MS = 86_400_000;
export const KEY_DAYS_MAX = 90;

export const proofKeysAreGood: Rule = ({ secrets }) => {
  if (secrets === null) return [];
  // Proof keys that are set already stay as they are where the file has none.
  const { file, values } = secrets;
  if (Object.values(PROOF_KEY_VARIABLES).every((name) => values[name] === undefined)) return [];
  const keys = readKeySet(values);
  const wrong = keys.ok ? keySetWarnings(keys.value) : keys.error;
  return wrong.map((sentence) => ({
    rule: 'proof-keys',
    severity: 'error',
    where: file,
    sentence,
    fix: 'npm run keys says which step of a rotation they are at (docs/keys.md).',
  }));
};

export const proofKeysAreFresh: Rule = ({ secrets, nowMs }) => {
  // Beside the next key stands when it was made: `kid:unixSeconds`.
  const made = secrets?.values['WEIGHBRIDGE_PROOF_KEY_NEXT_MADE'] ?? '';
  const atSeconds = Number(made.split(':')[1] ?? Number.NaN);
  if (secrets === null || !(nowMs - atSeconds * 1_000 > KEY_DAYS_MAX * DAY_MS)) return [];
  return [
    {
      rule: 'proof-keys-old',
      severity: 'warning',
      where: secrets.file,
      sentence: `The proof keys were last rotated more than ${String(KEY_DAYS_MAX)} days ago.`,
      fix: 'npm run keys -- rotate',
    },
  ];
};

export const providerKeysAreSet: Rule = (facts) => {
  const { secrets } = facts;
  const { source } = loaded(facts) ?? {};
  if (secrets === null) {
    return [
      {
        rule: 'secret-missing',
        severity: 'notice',
        where: 'secrets',
        sentence: 'No file of secrets was looked at; wrangler does not show what is set.',
        fix: 'Add --secrets-file FILE, or compare with npx wrangler secret list.',
      },
    ];
  }
  if (source === undefined) return [];
  const used = new Set(
    source.routes.flatMap(({ provider, run }) => [provider, ...(run?.providers ?? [])]),
  );
  const needed = [
    ...source.providers
      .filter(({ id }) => used.has(id))
      .map(({ apiKeySecret, optional }) => ({ name: apiKeySecret, isOptional: optional === true })),
    ...(source.origins ?? []).map(({ grantSecret }) => ({ name: grantSecret, isOptional: false })),
  ];
  return needed
    .filter(({ name }) => (secrets.values[name] ?? '') === '')
    .map(({ name, isOptional }): Finding => ({
      rule: 'secret-missing',
      severity: isOptional ? 'notice' : 'warning',
      where: secrets.file,
      sentence: isOptional
        ? `${name} is not in it: unless it is set already, its routes answer 503.`
        : `${name} is not in it: unless it is set already, nothing is served.`,
      fix: `Put it into the file, or: npx wrangler secret put ${name}`,
    }));
};
