// Reads `WWW-Authenticate: PrivateToken …` with somebody else's parser.

import { WWWAuthenticateHeader } from '@cloudflare/privacypass-ts';

export type ReadOffer = {
  readonly issuer: string;
  readonly origin: readonly string[];
  readonly challenge: string;
  readonly tokenKey: string;
};

const padded = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');

export const readOffers = (header: string): ReadOffer[] =>
  WWWAuthenticateHeader.parse(header).map(({ challenge, tokenKey }) => ({
    issuer: challenge.issuerName,
    origin: challenge.originInfo ?? [],
    challenge: padded(challenge.serialize()),
    tokenKey: padded(tokenKey),
  }));
