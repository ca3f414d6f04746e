// Which verifiers a call must satisfy: decided from the route, the class of the caller and how
// suspicious it looks, when a challenge is issued, and decided again when it is redeemed. In the
// challenge the set is a bit field under the MAC.

/** Bits of the `require` field of a challenge. A bit once given is never given again. */
export const REQUIRE = {
  work: 1,
  human: 2,
  device: 4,
  payment: 8,
  signature: 16,
  'private-token': 32,
  attestation: 64,
  /** In place of `human`, for whoever held a pass when the challenge was made. */
  pass: 128,
} as const;

export type VerifierId = keyof typeof REQUIRE;

/** Those a policy may name today; the other bits are kept for what is not built. */
export const VERIFIER_IDS = [
  'work',
  'device',
  'human',
  'private-token',
  'signature',
] as const satisfies readonly VerifierId[];

/** A pass in place of the human proof it was given for. */
export const withPass = (require: number): number =>
  requires(require, 'human') ? (require & ~REQUIRE.human) | REQUIRE.pass : require;

/** By what a caller is known before any proof: the most telling name wins. */
export const CALLER_CLASSES = ['address', 'device', 'user', 'key', 'agent'] as const;
export type CallerClass = (typeof CALLER_CLASSES)[number];

/** 0: nothing speaks against the caller. 4: much does. */
export const RISK_MAX = 4;

export type ProofRule = {
  /** Route ids; all routes if it is left out. */
  readonly routes?: readonly string[] | undefined;
  readonly callers?: readonly CallerClass[] | undefined;
  /** Only for callers at least this suspicious. */
  readonly riskMin?: number | undefined;
  readonly require: readonly (typeof VERIFIER_IDS)[number][];
  /** Refuses work that was solved before the body was known. */
  readonly bind?: 'seed' | undefined;
};

export type Asker = {
  readonly route: string;
  readonly caller: CallerClass;
  readonly risk: number;
  /** A device key is named: then it has to sign, whatever a rule says. */
  readonly hasDeviceKey: boolean;
};

export type Requirement = {
  /** Bit field. */
  readonly require: number;
  readonly mayBeSolvedAhead: boolean;
};

const DEFAULTS: Readonly<Record<CallerClass, number>> = {
  address: REQUIRE.work,
  device: REQUIRE.work | REQUIRE.device,
  user: REQUIRE.work,
  key: REQUIRE.work,
  agent: REQUIRE.signature,
};

const applies = (rule: ProofRule, { route, caller, risk }: Asker): boolean =>
  (rule.routes?.includes(route) ?? true) &&
  (rule.callers?.includes(caller) ?? true) &&
  risk >= (rule.riskMin ?? 0);

export const bitsOf = (ids: readonly VerifierId[]): number =>
  ids.reduce((bits, id) => bits | REQUIRE[id], 0);

/** The first rule that applies decides. What proves the caller's own name is always asked. */
export function requirementOf(rules: readonly ProofRule[], asker: Asker): Requirement {
  const rule = rules.find((candidate) => applies(candidate, asker));
  const asked = rule === undefined ? DEFAULTS[asker.caller] : bitsOf(rule.require);
  const named =
    (asker.hasDeviceKey ? REQUIRE.device : 0) | (asker.caller === 'agent' ? REQUIRE.signature : 0);
  return {
    require: asked | named,
    // Without the device's signature nothing would tie work solved ahead to these bytes.
    mayBeSolvedAhead: rule?.bind !== 'seed' && asker.hasDeviceKey,
  };
}

/** Does this bit field ask for this verifier? */
export const requires = (require: number, id: VerifierId): boolean => (require & REQUIRE[id]) !== 0;
