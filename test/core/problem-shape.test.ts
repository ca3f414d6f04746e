// A refusal reads well in every provider's SDK. What breaks if this fails: a developer sees
// "[object Object]" or an empty error where a sentence stood.

import { describe, expect, it } from 'vitest';
import type { Denial } from '../../core/denial.ts';
import { problemFor } from '../../core/problem.ts';
import { shapeProblem } from '../../core/problem-shape.ts';

const DOCS = 'https://docs.example/problems';

const shaped = (denial: Denial, family: Parameters<typeof shapeProblem>[1]) =>
  shapeProblem(problemFor(denial, 'req-1', DOCS), family);

const UNKNOWN: Denial = { kind: 'field-unknown', field: 'secret_discount' };

describe('a refusal', () => {
  it.each(['openai', 'ui', 'plain'] as const)('is a problem document for %s', (family) => {
    const { body, contentType } = shaped(UNKNOWN, family);
    expect(contentType).toBe('application/problem+json');
    expect(body).toMatchObject({
      type: `${DOCS}/field-unknown.md`,
      status: 422,
      code: 'field_unknown',
      error: { code: 'field_unknown', type: 'field_unknown' },
    });
  });

  it('says "error" at the top for Anthropic, and keeps the problem beside it', () => {
    const { body } = shaped(UNKNOWN, 'anthropic');
    expect(body).toMatchObject({
      type: 'error',
      problem: `${DOCS}/field-unknown.md`,
      request_id: 'req-1',
      error: { type: 'invalid_request_error', code: 'field_unknown' },
    });
    expect(body).toHaveProperty('error.message', expect.stringContaining('secret_discount'));
  });

  it('is plain JSON for Gemini, whose SDK wraps everything else', () => {
    const { body, contentType } = shaped(UNKNOWN, 'gemini');
    expect(contentType).toBe('application/json');
    expect(body).toMatchObject({
      error: {
        code: 422,
        status: 'INVALID_ARGUMENT',
        details: [{ reason: 'FIELD_UNKNOWN', metadata: { requestId: 'req-1' } }],
      },
    });
  });

  it.each([
    [{ kind: 'proof-required', bearerSeen: false }, 'authentication_error'],
    [{ kind: 'model-not-offered', model: 'x', offered: [] }, 'permission_error'],
    [{ kind: 'too-many-holds' }, 'api_error'],
    [{ kind: 'body-too-large', bodyBytesMax: 1 }, 'request_too_large'],
    [{ kind: 'origin-timeout', seconds: 1 }, 'timeout_error'],
  ] as const)('%o has the type that Anthropic would give it', (denial, type) => {
    expect(shaped(denial as Denial, 'anthropic').body).toHaveProperty('error.type', type);
  });

  it.each([
    [{ kind: 'proof-required', bearerSeen: false }, 'UNAUTHENTICATED'],
    [{ kind: 'too-many-holds' }, 'UNAVAILABLE'],
    [{ kind: 'origin-timeout', seconds: 1 }, 'DEADLINE_EXCEEDED'],
  ] as const)('%o has the status that Google would give it', (denial, status) => {
    expect(shaped(denial as Denial, 'gemini').body).toHaveProperty('error.status', status);
  });
});
