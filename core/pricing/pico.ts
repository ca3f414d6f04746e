// Pico-dollars from decimal dollars, digit by digit: no float passes here, and nothing is rounded.

/** Decimals of dollars per million tokens: a pico-dollar a token is $0.000001 a million. */
export const PER_MILLION_DECIMALS = 6;
/** Decimals of dollars a piece. */
export const EACH_DECIMALS = 12;

/** `"2.50"` as an integer number of units in the last of these decimals; null if it is not one. */
export function parsePico(text: string, decimals: number): number | null {
  const match = /^(\d{1,10})(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[2] ?? '';
  if (match === null || fraction.length > decimals) return null;
  const amount = Number(`${match[1] ?? ''}${fraction.padEnd(decimals, '0')}`);
  return Number.isSafeInteger(amount) ? amount : null;
}

/** The shortest text that `parsePico` reads as this amount. */
export function formatPico(amount: number, decimals: number): string {
  const digits = String(amount).padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return `${digits.slice(0, -decimals)}${fraction === '' ? '' : `.${fraction}`}`;
}
