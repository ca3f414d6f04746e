// Everything Weighbridge says no to, as one tagged union with its facts. Facts are for the log;
// what may be said aloud is decided in `sentences.ts`, which does not compile until every kind here
// has its sentence.

import type { SwitchAction } from './control/switch.ts';
import type { CounterView } from './ledger/account.ts';
import type { ProofFailure } from './proof/index.ts';

export type Denial =
  | { readonly kind: 'path-unknown' }
  | { readonly kind: 'path-ambiguous' }
  | { readonly kind: 'method-not-allowed'; readonly allow: string }
  | { readonly kind: 'headers-too-large'; readonly headerBytesMax: number }
  | {
      readonly kind: 'proof-required';
      readonly bearerSeen: boolean;
      /** The human proof that was shown before is used up. */
      readonly purse?: CounterView;
    }
  | { readonly kind: 'proof-rejected'; readonly failure: ProofFailure; readonly detail?: string }
  | {
      readonly kind: 'private-token-required';
      /** Of the challenge that the call presented; it is not spent. */
      readonly challenge: string;
      readonly tokenKey: string;
    }
  | { readonly kind: 'too-many-challenges'; readonly retryAfterSeconds: number }
  | { readonly kind: 'api-key-invalid'; readonly reason: ApiKeyFailure }
  /** A key that was made for other routes. */
  | { readonly kind: 'key-scope' }
  | {
      readonly kind: 'token-invalid';
      readonly reason: TokenFailure;
      /** How a token that would do is shown. */
      readonly scheme: TokenScheme;
    }
  | { readonly kind: 'session-refused'; readonly reason: SessionFailure }
  | {
      /** Who knows the caller does not say, or has been asked too often from this address. */
      readonly kind: 'identity-unreachable';
      readonly reason: 'keys' | 'session' | 'asks';
      readonly cause: string;
      readonly retryAfterSeconds: number;
    }
  | { readonly kind: 'grant-invalid'; readonly reason: GrantFailure }
  | { readonly kind: 'grant-over' }
  | { readonly kind: 'body-empty' }
  | { readonly kind: 'body-too-large'; readonly bodyBytesMax: number }
  | { readonly kind: 'body-encoded'; readonly encoding: string }
  | { readonly kind: 'body-type-unsupported'; readonly contentType: string }
  | { readonly kind: 'body-not-utf8'; readonly reason: 'utf8' | 'bom' }
  | { readonly kind: 'body-not-json'; readonly reason: string; readonly what: string }
  | { readonly kind: 'body-incomplete' }
  | { readonly kind: 'shape-refused'; readonly field: string; readonly sentence: string }
  | { readonly kind: 'field-unknown'; readonly field: string }
  | { readonly kind: 'model-not-offered'; readonly model: string; readonly offered: string[] }
  | {
      /** The plan of the caller, or that there is none, does not have this route or this model. */
      readonly kind: 'plan-required';
      /** Plans that have it; empty where something else is asked for. */
      readonly plans: readonly string[];
      readonly needs: readonly ('verified' | 'paid')[];
      readonly model?: string;
    }
  /** A step of a loop whose beginning nobody has seen. */
  | { readonly kind: 'run-unknown' }
  | { readonly kind: 'over-budget'; readonly principal: string; readonly counter: CounterView }
  | { readonly kind: 'over-requests'; readonly principal: string; readonly counter: CounterView }
  | { readonly kind: 'over-concurrency'; readonly principal: string; readonly counter: CounterView }
  | { readonly kind: 'over-quota'; readonly principal: string; readonly counter: CounterView }
  | {
      readonly kind: 'conversation-not-continued';
      /** `id`: of a conversation that is kept here, and not for this caller. */
      readonly reason: 'unknown' | 'forked' | 'id';
    }
  | {
      /** By an operator, in this moment. What the switch is on is for the log. */
      readonly kind: 'switched-off';
      readonly principal: string;
      readonly action: SwitchAction;
      readonly untilMs: number | null;
    }
  | { readonly kind: 'too-many-holds' }
  | { readonly kind: 'ledger-unreachable'; readonly cause: string }
  | { readonly kind: 'caller-left' }
  /** `isApp`: a server of the app itself, and no provider. */
  | { readonly kind: 'origin-unreachable'; readonly cause: string; readonly isApp?: boolean }
  | { readonly kind: 'origin-timeout'; readonly seconds: number; readonly isApp?: boolean }
  | { readonly kind: 'origin-refused-us'; readonly status: number }
  /** What the model wants to call, or how often, is not to reach the caller. */
  | { readonly kind: 'tool-call-refused'; readonly tool: string | null }
  | { readonly kind: 'admin-disabled' }
  | { readonly kind: 'admin-token-invalid' }
  | {
      readonly kind: 'request-invalid';
      /** What of a body that could be read is wrong. */
      readonly field?: string;
      readonly sentence: string;
    }
  | { readonly kind: 'not-found'; readonly what: string }
  | { readonly kind: 'misconfigured'; readonly missing: readonly string[] }
  | { readonly kind: 'fault'; readonly cause: string };

/** What is wrong with a key, for the log: the caller hears one sentence for all. */
export type ApiKeyFailure = 'forged' | 'expired' | 'unknown' | 'revoked';

/** What is wrong with a grant, for the log: whoever shows it hears one sentence for all. */
export type GrantFailure =
  'missing' | 'malformed' | 'forged' | 'realm' | 'route' | 'expired' | 'home';

/** Why a session cookie is not looked at. */
export type SessionFailure = 'cross-site' | 'twice' | 'malformed';

export type TokenScheme = 'DPoP' | 'Bearer';

/** What is wrong with a user's token, for the log: the caller hears only whether it is too old. */
export type TokenFailure =
  | 'malformed'
  | 'type'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'claims'
  | 'expired'
  | 'user'
  | 'unbound'
  | 'scheme';

export type DenialKind = Denial['kind'];
