// Dollars as exports write them: decimals of any length, `1e-7`, `0E-6176`, cents. Kept exact as an
// integer of 10^-60 dollars and rounded to nano-dollars once, by whoever has added up. No float
// passes here, and what cannot be exact is refused.

declare const exactUsdBrand: unique symbol;

/** Integer of 10^-60 dollars; may be below zero. */
export type ExactUsd = bigint & { readonly [exactUsdBrand]: true };

const EXACT_DECIMALS = 60;
const DOLLAR_DIGITS_MAX = 7;
const TEXT_CHARS_MAX = 100;
const PER_NANO_USD = 10n ** BigInt(EXACT_DECIMALS - 9);
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/;

export const ZERO_USD = 0n as ExactUsd;

export const addUsd = (one: ExactUsd, other: ExactUsd): ExactUsd => (one + other) as ExactUsd;

/** Where the unit's decimal point stands: cents are two places behind dollars. */
export type Unit = 'dollars' | 'cents';

/** The amount, or a sentence why it is none. */
export function readUsd(text: string, unit: Unit): ExactUsd | string {
  const match = text.length > TEXT_CHARS_MAX ? null : DECIMAL.exec(text);
  if (match === null) return 'is not a plain decimal number';
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return ZERO_USD;
  const significant = digits.replace(/0+$/, '');
  const places = Number(power) - fraction.length - (unit === 'cents' ? 2 : 0);
  if (digits.length + places > DOLLAR_DIGITS_MAX) return 'is $10,000,000 or more';
  const exponent = EXACT_DECIMALS + places + digits.length - significant.length;
  if (exponent < 0) return `has more than ${String(EXACT_DECIMALS)} decimals`;
  const amount = BigInt(significant) * 10n ** BigInt(exponent);
  return (sign === '-' ? -amount : amount) as ExactUsd;
}

/** The nearest nano-dollar, halves away from zero. Whole nano-dollars stay what they are. */
export function nearestNanoUsd(exact: ExactUsd): bigint {
  const size = exact < 0n ? 0n - exact : exact;
  const nano = (size + PER_NANO_USD / 2n) / PER_NANO_USD;
  return exact < 0n ? 0n - nano : nano;
}

export const isWholeNanoUsd = (exact: ExactUsd): boolean => exact % PER_NANO_USD === 0n;
