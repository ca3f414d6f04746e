// What the server of an app hears when its grant is not taken, what its callers hear when it does
// not answer, and what callers hear whose own loops have come to an end. Whoever shows a grant is
// our own party, but the words are for anybody who shows one: they tell nobody which check failed.

import type { Sentence } from '../sentences.ts';

export const GRANT_INVALID: Sentence = {
  status: 401,
  title: 'Grant not accepted',
  detail:
    'This grant was not made here, is past its time, or is for another route. Use the ' +
    'Weighbridge-Grant header of the request that is being answered, as it came.',
  errorCode: 'invalid_api_key',
};

export const GRANT_OVER: Sentence = {
  status: 410,
  title: 'The run is over',
  detail: 'The call that this grant came with has ended, and with it what it may spend.',
};

export const RUN_UNKNOWN: Sentence = {
  status: 403,
  title: 'Run unknown',
  detail:
    'This request goes on with a loop of tool calls that did not begin here, or whose time is over. ' +
    'Send the request that began it, with the last message of the user as its end.',
};

type Whose = {
  readonly source: 'origin' | 'provider';
  readonly who: string;
  readonly short: string;
};

const whose = (isApp: boolean): Whose =>
  isApp
    ? { source: 'origin', who: 'app behind this gateway', short: 'app' }
    : { source: 'provider', who: 'model provider', short: 'provider' };

export function unreachable(isApp: boolean): Sentence {
  const { source, who, short } = whose(isApp);
  return {
    status: 502,
    title: `The ${short} could not be reached`,
    detail: `The connection to the ${who} failed before it answered.`,
    source,
  };
}

export function timedOut(seconds: number, isApp: boolean): Sentence {
  const { source, who, short } = whose(isApp);
  return {
    status: 504,
    title: `The ${short} did not answer in time`,
    detail: `The ${who} did not answer within ${String(seconds)} seconds.`,
    source,
  };
}
