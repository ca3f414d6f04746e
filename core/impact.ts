// What enforcing would have done: for each rule that is only tried out, how many calls it would
// have refused, of how many users, and what those calls cost. Every shard keeps its own part; this
// adds the parts up and says it in a sentence.

import { formatUsd } from './money.ts';

/** Of one call, for the object that keeps its record. */
export type ObservedCall = {
  readonly route: string;
  /** Kinds of denials that were only noted. */
  readonly rules: readonly string[];
  /** A name that says nothing by itself, or null for whoever was not signed in. */
  readonly user: string | null;
};

/** `rule` is `any` for calls that at least one rule would have refused. */
export type ImpactRow = {
  readonly day: string;
  readonly rule: string;
  readonly route: string;
  readonly calls: number;
  readonly nanoUsd: number;
};

export const ANY_RULE = 'any';

export type ShardImpact = {
  readonly rows: readonly ImpactRow[];
  /** Users by rule and route: `rule@route name`. */
  readonly users: readonly string[];
  /** More users than are kept. */
  readonly isCut: boolean;
};

export type RuleImpact = {
  readonly rule: string;
  readonly route: string;
  readonly requests: number;
  readonly users: number;
  readonly nanoUsd: number;
};

export type Impact = {
  readonly requests: number;
  readonly wouldRefuse: {
    readonly requests: number;
    readonly percent: string;
    readonly users: number;
    readonly nanoUsd: number;
  };
  /** `users` are the fewest there were. */
  readonly usersAreCut: boolean;
  readonly sentence: string;
  readonly rules: readonly RuleImpact[];
};

/** Integer arithmetic: hundredths of a percent, rounded to the nearest. */
export function percentOf(part: number, whole: number): string {
  if (whole === 0) return '0.00';
  const hundredths = Math.round((part * 10_000) / whole);
  return `${String(Math.floor(hundredths / 100))}.${String(hundredths % 100).padStart(2, '0')}`;
}

const NANO_PER_CENT = 10_000_000;

/** Sums of a dollar and more are said in cents, rounded up. */
const toCents = (nanoUsd: number): number =>
  nanoUsd < 100 * NANO_PER_CENT ? nanoUsd : Math.ceil(nanoUsd / NANO_PER_CENT) * NANO_PER_CENT;

const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');

function ruleImpacts(parts: readonly ShardImpact[]): RuleImpact[] {
  const rules = new Map<string, RuleImpact>();
  for (const { rule, route, calls, nanoUsd } of parts.flatMap(({ rows }) => rows)) {
    const name = `${rule}@${route}`;
    const sum = rules.get(name) ?? { rule, route, requests: 0, users: 0, nanoUsd: 0 };
    rules.set(name, {
      ...sum,
      requests: sum.requests + calls,
      nanoUsd: sum.nanoUsd + nanoUsd,
    });
  }
  for (const user of new Set(parts.flatMap(({ users }) => users))) {
    const name = user.slice(0, user.indexOf(' '));
    const rule = rules.get(name);
    if (rule !== undefined) rules.set(name, { ...rule, users: rule.users + 1 });
  }
  return [...rules.values()].sort(
    (one, other) => other.nanoUsd - one.nanoUsd || (one.rule < other.rule ? -1 : 1),
  );
}

/** People who met any rule on any route. */
function peopleOf(parts: readonly ShardImpact[]): number {
  const names = parts
    .flatMap(({ users }) => users)
    .filter((user) => user.startsWith(`${ANY_RULE}@`))
    .map((user) => user.slice(user.indexOf(' ') + 1));
  return new Set(names).size;
}

/** `requests`: all calls of these days that ended. */
export function impactOf(parts: readonly ShardImpact[], requests: number): Impact {
  const all = ruleImpacts(parts);
  const any = all.filter(({ rule }) => rule === ANY_RULE);
  const refused = any.reduce((sum, rule) => sum + rule.requests, 0);
  const nanoUsd = any.reduce((sum, rule) => sum + rule.nanoUsd, 0);
  const users = peopleOf(parts);
  const percent = percentOf(refused, requests);
  const usersAreCut = parts.some(({ isCut }) => isCut);
  const people = `${usersAreCut ? 'at least ' : ''}${grouped(users)} signed-in users`;
  return {
    requests,
    wouldRefuse: { requests: refused, percent, users, nanoUsd },
    usersAreCut,
    sentence:
      `enforcing would have refused ${grouped(refused)} of ${grouped(requests)} requests ` +
      `(${percent} %), ${people}, ${formatUsd(toCents(nanoUsd))}`,
    rules: all.filter(({ rule }) => rule !== ANY_RULE),
  };
}
