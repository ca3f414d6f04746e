// A price of the operator's own, which wins over the catalogue: decimal dollars, never floats.

import * as z from 'zod';
import { EACH_DECIMALS, parsePico, PER_MILLION_DECIMALS } from '../pricing/pico.ts';
import { PIECE_RATE_NAMES, PROVIDER_KINDS, TOKEN_RATE_NAMES } from '../pricing/rates.ts';

const amount = (decimals: number) =>
  z.string().refine((text) => parsePico(text, decimals) !== null, {
    message: `write dollars as a string such as "2.50", with at most ${String(decimals)} decimals`,
  });

export const priceOverride = z
  .strictObject({
    kind: z.enum(PROVIDER_KINDS),
    model: z.string().min(1).max(128),
    /** Of tokens. */
    usdPerMillion: z
      .partialRecord(z.enum(TOKEN_RATE_NAMES), amount(PER_MILLION_DECIMALS))
      .optional(),
    /** Of pieces. */
    usdEach: z.partialRecord(z.enum(PIECE_RATE_NAMES), amount(EACH_DECIMALS)).optional(),
    hiddenOutput: z.boolean().optional(),
    billsAbandonedInFull: z.boolean().optional(),
  })
  .refine(
    ({ usdPerMillion: tokens, usdEach }) =>
      tokens === undefined
        ? Object.keys(usdEach ?? {}).length > 0
        : tokens.input !== undefined && tokens.output !== undefined,
    { message: 'name the price of input and of output, "0" if it costs nothing; or of a piece' },
  );

export type PriceOverride = z.input<typeof priceOverride>;
