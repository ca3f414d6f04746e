// What may be said aloud of a budget that is used up. A caller is told its own figures; of a budget
// that many share, only that it is used up, because its figures are the operator's affair and would
// show an attacker how far it got. 429 where a wait of a minute helps, else 402, which no SDK
// retries.

import type { Denial } from './denial.ts';
import type { CounterView } from './ledger/account.ts';
import type { Unit } from './ledger/unit.ts';
import { rollingPeriodMs, type WindowKind } from './ledger/window.ts';
import { formatUsd } from './money.ts';
import { type Scope, scopeOf, SHARED_SCOPES } from './policy/scope.ts';
import type { Sentence } from './sentences.ts';

/** Anthropic's client waits as long as it is told to: keep it short. */
export const RETRY_AFTER_SECONDS_MAX = 60;

/** What stands behind the colon of a principal is never said aloud. */
const WHO: Readonly<Record<Scope, string>> = {
  key: 'This API key',
  agent: 'This agent',
  user: 'This user',
  device: 'This browser or device',
  ip: 'This network address',
  ipWide: 'This network',
  cohort: 'New visitors from this network, together,',
  tenant: 'This tenant',
  preview: 'All previews of this page, together,',
  route: 'All callers of this route, together,',
  model: 'All calls for this model, together,',
  global: 'All callers, together,',
  grace: 'All callers, together,',
  pass: 'One human proof',
  run: 'This run',
  loop: 'This run',
};

/** Of these not even unit and window are told. */
const CLOSED: readonly Scope[] = ['route', 'model', 'preview', 'global', 'grace'];
const SHARED: readonly Scope[] = [...SHARED_SCOPES, 'grace'];

const PERIOD: Readonly<Record<WindowKind, string>> = {
  now: 'now',
  minute: 'this minute',
  hour: 'this hour',
  day: 'today',
  week: 'this week',
  month: 'this month',
  lifetime: 'in all',
  run: 'in all',
  'rolling-minute': 'in the last minute',
  'rolling-hour': 'in the last hour',
  'rolling-day': 'in the last day',
  'rolling-week': 'in the last week',
};

const WHAT: Readonly<Record<Unit, string>> = {
  requests: 'requests',
  nanoUsd: 'nano-dollars',
  concurrentCalls: 'calls at once',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
  cachedInputTokens: 'cached input tokens',
  cacheWriteTokens: 'tokens written to a cache',
  toolCalls: 'tool calls',
  agentSteps: 'agent steps',
  runs: 'runs',
  retrievedDocuments: 'retrieved documents',
  files: 'files',
  fileBytes: 'bytes of files',
  images: 'images',
  audioSeconds: 'seconds of audio',
};

const MINUTE_MS = 60_000;

function resets({ resetsAtMs, window }: CounterView): string {
  if (resetsAtMs === null) return window === 'run' ? ' It is given no more.' : '';
  const rolls = rollingPeriodMs(window) !== null;
  const atMs = rolls ? Math.ceil(resetsAtMs / MINUTE_MS) * MINUTE_MS : resetsAtMs;
  const time = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  return rolls
    ? ` It comes back bit by bit, in full by ${time} UTC.`
    : ` It resets at ${time} UTC.`;
}

type Over = Extract<
  Denial,
  { kind: 'over-budget' | 'over-requests' | 'over-concurrency' | 'over-quota' }
>;

function violated({ principal, counter }: Over): Readonly<Record<string, unknown>> {
  const scope = scopeOf(principal);
  const policy = CLOSED.includes(scope) ? scope : `${scope}-${counter.name}`;
  return { 'violated-policies': [policy], scope };
}

/** The sentence with the caller's own figures, or without any where the budget is shared. */
function detailOf({ principal, counter }: Over, own: string, purse: string): string {
  const scope = scopeOf(principal);
  const who = WHO[scope];
  if (CLOSED.includes(scope)) return `${who} have used up what they share here.`;
  if (!SHARED.includes(scope)) return `${who} has ${own}${resets(counter)}`;
  const has = scope === 'tenant' ? 'has used up its' : 'have used up their';
  return `${who} ${has} ${purse} ${PERIOD[counter.window]}.${resets(counter)}`;
}

/**
 * Seconds until a call can fit that did not, if that is within a minute; else null. `units`: how
 * much has to run off first. Nothing used and nothing on hold: the call alone is too large.
 */
function waitSeconds(counter: CounterView, units: number, nowMs: number | null): number | null {
  const { cap, window, used, held, resetsAtMs } = counter;
  if (cap <= 0 || used + held === 0) return null;
  const periodMs = rollingPeriodMs(window);
  if (periodMs === null && window !== 'minute') return null;
  const minuteMs = nowMs === null || resetsAtMs === null ? MINUTE_MS : resetsAtMs - nowMs;
  const waitMs = periodMs === null ? minuteMs : (units / cap) * periodMs;
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return seconds > RETRY_AFTER_SECONDS_MAX ? null : seconds;
}

/** Too many of what comes back by itself: 429 if soon, else 402. */
function quota(denial: Over, detail: string, title: string, seconds: number | null): Sentence {
  const members = violated(denial);
  if (seconds === null) {
    return { status: 402, title, detail, members, errorCode: 'insufficient_quota' };
  }
  return {
    status: 429,
    title,
    detail: `${detail} Waiting ${seconds === 1 ? 'a second' : `${String(seconds)} seconds`} helps.`,
    retryAfterSeconds: seconds,
    members,
    errorCode: 'rate_limit_exceeded',
  };
}

type Said<Kind> = (denial: Extract<Denial, { kind: Kind }>, nowMs: number | null) => Sentence;

export const overBudget: Said<'over-budget'> = (denial) => {
  const { counter } = denial;
  const used = `${formatUsd(counter.used)} of ${formatUsd(counter.cap)} ${PERIOD[counter.window]}`;
  const held =
    counter.held > 0 ? `; calls in progress hold ${formatUsd(counter.held)} of the rest` : '';
  const own = `used ${used}${held}, which is too little left for this call.`;
  const detail = detailOf(denial, own, 'budget');
  return quota(denial, detail, 'Budget used up', null);
};

export const overRequests: Said<'over-requests'> = (denial, nowMs) => {
  const { counter } = denial;
  const made = counter.used + counter.held;
  const own = `made ${String(made)} of ${String(counter.cap)} requests ${PERIOD[counter.window]}.`;
  const detail = detailOf(denial, own, 'requests');
  const seconds = waitSeconds(counter, Math.max(1, made + 1 - counter.cap), nowMs);
  return quota(denial, detail, 'Request quota used up', seconds);
};

export const overQuota: Said<'over-quota'> = (denial, nowMs) => {
  const { counter } = denial;
  const what = WHAT[counter.unit];
  const used = `${String(counter.used)} of ${String(counter.cap)} ${what} ${PERIOD[counter.window]}`;
  const held =
    counter.held > 0 ? `; calls in progress hold ${String(counter.held)} of the rest` : '';
  const own = `used ${used}${held}, which is too little left for this call.`;
  const detail = detailOf(denial, own, what);
  // How much the call wanted is not known here: once all has run off, any call fits that can.
  return quota(denial, detail, 'Quota used up', waitSeconds(counter, counter.used, nowMs));
};

export const overConcurrency: Said<'over-concurrency'> = (denial) => {
  const scope = scopeOf(denial.principal);
  const detail = SHARED.includes(scope)
    ? `${WHO[scope]} have as many calls in progress as they may have.`
    : `${WHO[scope]} may have ${String(denial.counter.cap)} calls in progress.`;
  return {
    status: 429,
    title: 'Too many calls at once',
    detail: `${detail} Try again in a second, when one has ended.`,
    retryAfterSeconds: 1,
    members: violated(denial),
  };
};
