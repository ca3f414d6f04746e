// Nano-dollars as a reader compares them: always nine decimals, so that amounts stand under each
// other, and never rounded.

const DECIMALS = 9;

/** `$12.000000001`, `-$0.000000001`. */
export function dollars(nanoUsd: bigint): string {
  const size = (nanoUsd < 0n ? 0n - nanoUsd : nanoUsd).toString().padStart(DECIMALS + 1, '0');
  return `${nanoUsd < 0n ? '-' : ''}$${size.slice(0, -DECIMALS)}.${size.slice(-DECIMALS)}`;
}
