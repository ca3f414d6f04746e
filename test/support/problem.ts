// What every refusal of the gateway has to look like, whoever refuses: RFC 9457 members, the
// `error` member that SDKs read, one request id in header and body, and a clear word on retrying.

import { expect } from 'vitest';
import { containing, like } from './like.ts';

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly retryable: boolean;
  readonly source: string;
  readonly scope?: string;
  readonly error: { message: string; type: string; code: string; param: null };
};

export type Heard = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { toString(): string };
};

const REQUEST_ID = /^[0-9a-z]{7}_[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{6,12}\.\d{1,3}-\d{1,4}$/;

/** Checks the document in full and returns it. */
export function expectProblem(heard: Heard, status: number, code: string): Problem {
  const text = heard.body.toString();
  expect([heard.status, text], `a problem document ${String(status)} ${code}`).toEqual([
    status,
    containing(`"code":"${code}"`),
  ]);
  const { headers } = heard;
  const problem = JSON.parse(text) as Problem;
  const retryAfter = headers.get('Retry-After');
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(headers.get('Weighbridge-Request-Id')).toMatch(REQUEST_ID);
  expect(headers.get('Weighbridge-Decision')).toBe('refuse');
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(problem).toEqual({
    ...problem,
    type: like(new RegExp(`/${code.replaceAll('_', '-')}\\.md$`)),
    title: like(/\w/),
    status,
    detail: like(/\w{2,} \w/),
    code,
    request_id: headers.get('Weighbridge-Request-Id'),
    retryable: retryAfter !== null,
    source: like(/^(gateway|provider|origin)$/),
    error: {
      message: containing(problem.title),
      type: code,
      code: like(/^[a-z0-9_]+$/),
      param: null,
    },
  });
  if (retryAfter === null) expect(headers.get('x-should-retry')).toBe('false');
  else expect(Number(retryAfter)).toBeLessThanOrEqual(60);
  return problem;
}

/** A refusal read whole. */
export const heard = async (response: Response): Promise<Heard> => ({
  status: response.status,
  headers: response.headers,
  body: await response.text(),
});
