// Every denial becomes one document that callers, SDKs and log readers can rely on, and that tells
// an attacker nothing: not which check of a proof failed, not who a principal is.

import { describe, expect, it } from 'vitest';
import type { Denial, DenialKind } from '../../core/denial.ts';
import type { CounterView } from '../../core/ledger/account.ts';
import { codeOf, problemFor } from '../../core/problem.ts';
import type { ProofFailure } from '../../core/proof/index.ts';
import { RETRY_AFTER_SECONDS_MAX, SENTENCES } from '../../core/sentences.ts';

const SECRET = 's3cr3t-name-of-somebody';
const counter: CounterView = {
  name: 'nanoUsd-day',
  window: 'day',
  unit: 'nanoUsd',
  used: 400_000_000,
  held: 1_000_000,
  cap: 400_500_000,
  resetsAtMs: Date.UTC(2028, 1, 29),
};

/** One of each kind; a new kind does not compile until it stands here. */
const SAMPLES: { readonly [Kind in DenialKind]: Extract<Denial, { kind: Kind }> } = {
  'path-unknown': { kind: 'path-unknown' },
  'path-ambiguous': { kind: 'path-ambiguous' },
  'method-not-allowed': { kind: 'method-not-allowed', allow: 'POST, OPTIONS' },
  'headers-too-large': { kind: 'headers-too-large', headerBytesMax: 16_384 },
  'proof-required': { kind: 'proof-required', bearerSeen: false },
  'proof-rejected': { kind: 'proof-rejected', failure: 'bad-mac' },
  'private-token-required': {
    kind: 'private-token-required',
    challenge: 'AAIA',
    tokenKey: 'MIIB',
  },
  'api-key-invalid': { kind: 'api-key-invalid', reason: 'forged' },
  'key-scope': { kind: 'key-scope' },
  'token-invalid': { kind: 'token-invalid', reason: 'expired', scheme: 'DPoP' },
  'session-refused': { kind: 'session-refused', reason: 'cross-site' },
  'identity-unreachable': {
    kind: 'identity-unreachable',
    reason: 'session',
    cause: 'status 500',
    retryAfterSeconds: 2,
  },
  'grant-invalid': { kind: 'grant-invalid', reason: 'forged' },
  'grant-over': { kind: 'grant-over' },
  'body-empty': { kind: 'body-empty' },
  'body-too-large': { kind: 'body-too-large', bodyBytesMax: 65_536 },
  'body-encoded': { kind: 'body-encoded', encoding: 'gzip' },
  'body-type-unsupported': { kind: 'body-type-unsupported', contentType: 'text/plain' },
  'body-not-utf8': { kind: 'body-not-utf8', reason: 'bom' },
  'body-not-json': { kind: 'body-not-json', reason: 'duplicate-key', what: 'model' },
  'body-incomplete': { kind: 'body-incomplete' },
  'shape-refused': { kind: 'shape-refused', field: 'n', sentence: 'At most 1.' },
  'field-unknown': { kind: 'field-unknown', field: 'audio' },
  'model-not-offered': { kind: 'model-not-offered', model: 'big-1', offered: ['small-1'] },
  'plan-required': {
    kind: 'plan-required',
    plans: ['pro'],
    needs: ['verified'],
    model: 'big-1',
  },
  'run-unknown': { kind: 'run-unknown' },
  'tool-call-refused': { kind: 'tool-call-refused', tool: 'research' },
  'over-budget': { kind: 'over-budget', principal: `device:${SECRET}`, counter },
  'over-requests': {
    kind: 'over-requests',
    principal: `ip:${SECRET}`,
    counter: { ...counter, name: 'requests-day', unit: 'requests', used: 9, held: 1, cap: 10 },
  },
  'over-concurrency': {
    kind: 'over-concurrency',
    principal: `key:${SECRET}`,
    counter: { ...counter, name: 'concurrentCalls-now', window: 'now', resetsAtMs: null },
  },
  'over-quota': {
    kind: 'over-quota',
    principal: `user:${SECRET}`,
    counter: {
      ...counter,
      name: 'inputTokens-day',
      unit: 'inputTokens',
      used: 90,
      held: 5,
      cap: 100,
    },
  },
  'conversation-not-continued': { kind: 'conversation-not-continued', reason: 'forked' },
  'too-many-challenges': { kind: 'too-many-challenges', retryAfterSeconds: 4 },
  'switched-off': {
    kind: 'switched-off',
    principal: 'user:somebody',
    action: 'off',
    untilMs: null,
  },
  'too-many-holds': { kind: 'too-many-holds' },
  'ledger-unreachable': { kind: 'ledger-unreachable', cause: SECRET },
  'origin-unreachable': { kind: 'origin-unreachable', cause: SECRET },
  'origin-timeout': { kind: 'origin-timeout', seconds: 60 },
  'origin-refused-us': { kind: 'origin-refused-us', status: 401 },
  'admin-disabled': { kind: 'admin-disabled' },
  'admin-token-invalid': { kind: 'admin-token-invalid' },
  'request-invalid': { kind: 'request-invalid', sentence: 'Name a window.' },
  'not-found': { kind: 'not-found', what: 'key' },
  misconfigured: { kind: 'misconfigured', missing: [SECRET] },
  'caller-left': { kind: 'caller-left' },
  fault: { kind: 'fault', cause: SECRET },
};

const DOCS = 'https://docs.example/problems';
const problems = Object.values(SAMPLES).map((denial) => ({
  kind: denial.kind,
  problem: problemFor(denial, 'request-1', DOCS),
}));

describe('the problem document of', () => {
  it.each(problems)('$kind has every member that RFC 9457 and the SDKs read', (one) => {
    const { body, status, code, retryable } = one.problem;
    expect(body).toMatchObject({
      type: `${DOCS}/${one.kind}.md`,
      status,
      code: codeOf(one.kind),
      request_id: 'request-1',
      retryable,
      error: { type: code, param: null },
    });
    expect(body['title']).toMatch(/^[A-Z].*[^.]$/);
    expect(body['detail']).toMatch(/^.+\.$/s);
    expect(['gateway', 'provider', 'origin']).toContain(body['source']);
    const error = body['error'] as Record<string, unknown>;
    expect(error['message']).toContain(body['detail']);
    expect(error['code']).toMatch(/^[a-z0-9_]+$/);
    expect(JSON.parse(JSON.stringify(body))).toEqual(body);
  });

  it.each(problems)(
    '$kind is an error status, and says to wait only where waiting helps',
    (one) => {
      const { status, retryable, retryAfterSeconds } = one.problem;
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(retryable).toBe(retryAfterSeconds !== null);
      const seconds = retryAfterSeconds ?? 1;
      expect(seconds > 0 && seconds <= RETRY_AFTER_SECONDS_MAX).toBe(true);
    },
  );

  it('is 429 of these only where too much came at once, because there waiting helps', () => {
    const busy = problems.filter(({ problem }) => problem.status === 429);
    expect(busy.map(({ kind }) => kind)).toEqual(['over-concurrency', 'too-many-challenges']);
    for (const { problem } of busy) expect(problem.retryAfterSeconds).not.toBeNull();
  });
});

describe('what a refused proof is told', () => {
  const FAILURES: readonly ProofFailure[] = [
    'malformed',
    'unknown-key',
    'bad-mac',
    'not-yet-valid',
    'expired',
    'ttl',
    'realm',
    'route',
    'principal',
    'jkt',
    'unsupported',
    'underpriced',
    'too-easy',
    'digest',
    'invalid-work',
    'invalid-signature',
    'signature-terms',
    'signature-nonce',
    'signature-coverage',
    'invalid-private-token',
    'replayed',
  ];

  it('is one document, whichever check failed (oracle attack)', () => {
    const told = FAILURES.map((failure) =>
      JSON.stringify(problemFor({ kind: 'proof-rejected', failure }, 'request-1', DOCS)),
    );
    expect(new Set(told).size).toBe(1);
    for (const failure of ['bad-mac', 'unknown-key', 'invalid-work', 'replayed']) {
      expect(told[0]).not.toContain(failure);
    }
  });

  it('is one document for a forged, an unknown and a revoked API key (oracle attack)', () => {
    const told = (['forged', 'unknown', 'revoked'] as const).map((reason) =>
      JSON.stringify(problemFor({ kind: 'api-key-invalid', reason }, 'request-1', DOCS)),
    );
    expect(new Set(told).size).toBe(1);
  });
});

describe('what a spent budget is told', () => {
  it('is how much, of how much, what is held, and when it resets', () => {
    const { body, status } = problemFor(SAMPLES['over-budget'], 'r', DOCS);
    expect(status).toBe(402);
    expect(body['detail']).toContain('$0.40 of $0.4005 today');
    expect(body['detail']).toContain('hold $0.001');
    expect(body['detail']).toContain('2028-02-29 00:00 UTC');
    expect(body).toMatchObject({ scope: 'device', 'violated-policies': ['device-nanoUsd-day'] });
    expect(body['error']).toMatchObject({ code: 'insufficient_quota' });
  });

  it('is said without a reset where nothing resets', () => {
    const { body } = problemFor(SAMPLES['over-concurrency'], 'r', DOCS);
    expect(body['detail']).not.toContain('resets');
  });
});

describe('the table of sentences', () => {
  it('has an entry for each kind that is tried here, and no other', () => {
    expect(Object.keys(SENTENCES).sort()).toEqual(Object.keys(SAMPLES).sort());
  });
});
