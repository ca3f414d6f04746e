// Answers that were given here, as far as a conversation may go on from them: hashes and two
// counts, never a word. An answer can be continued as often as the policy says for each time it was
// given; of one that was cut short, every beginning that the caller may have counts as the same
// answer.

import { PREFIX_CHARS } from '../core/conversation.ts';
import type { AnswerName, Hold } from '../core/ledger/hold.ts';
import type { Continues, GivenAnswer, ResolveMessage } from '../core/ledger/messages.ts';
import type { AnswerRow } from '../core/ledger/peer-messages.ts';
import type { SideRow, SideTable } from './side-table.ts';

/** Of one principal: the newest. A few more are kept, so that not every call has to look. */
export const ANSWERS_MAX = 256;
const ANSWERS_SLACK = 64;
/** Answers cut short that are searched for what a caller has of them: the newest. */
export const CUT_ANSWERS_MAX = 32;
const SWEPT_PER_STEP_MAX = 256;

/** Names of answers that were cut short. A base64url hash has no full stop. */
const CUT = '.';
const AFTER_CUT = '/';

type Body = {
  readonly endsAtMs: number;
  /** How often this answer was given, and how often it was continued. */
  readonly given: number;
  readonly continued: number;
  /** The call that gave it last. */
  readonly key: string;
  readonly prefixes?: string;
};

const bodyOf = ({ body }: Pick<SideRow, 'body'>): Body => JSON.parse(body) as Body;

function hasPrefix(prefixes: string, wanted: string): boolean {
  for (let at = 0; at < prefixes.length; at += PREFIX_CHARS) {
    if (prefixes.startsWith(wanted, at)) return true;
  }
  return false;
}

export class Answers {
  readonly #side: SideTable;
  #sweptTo: { readonly subject: string; readonly name: string } = { subject: '', name: '' };

  constructor(side: SideTable) {
    this.#side = side;
  }

  #put({ principal, name }: AnswerName, body: Body): void {
    this.#side.put('answer', principal, name, JSON.stringify(body));
  }

  #get({ principal, name }: AnswerName): Body | null {
    const body = this.#side.get('answer', principal, name);
    return body === null ? null : bodyOf({ body });
  }

  /** The row of the answer with this hash, if it was given to this principal. */
  #find(principal: string, hash: string, nowMs: number): { name: string; body: Body } | null {
    const whole = this.#get({ principal, name: hash });
    if (whole !== null && whole.endsAtMs > nowMs) return { name: hash, body: whole };
    const wanted = hash.slice(0, PREFIX_CHARS);
    for (const row of this.#side.named('answer', principal, [CUT, AFTER_CUT], CUT_ANSWERS_MAX)) {
      const body = bodyOf(row);
      if (body.endsAtMs > nowMs && hasPrefix(body.prefixes ?? '', wanted)) {
        return { name: row.name, body };
      }
    }
    return null;
  }

  /** May a call go on from this answer? */
  look(
    principal: string,
    { hash, branchesMax }: Continues,
    nowMs: number,
  ): AnswerName | 'conversation-unknown' | 'conversation-forked' {
    const found = this.#find(principal, hash, nowMs);
    if (found === null) return 'conversation-unknown';
    const { given, continued } = found.body;
    return continued < branchesMax * given
      ? { principal, name: found.name }
      : 'conversation-forked';
  }

  /** One row: a call that goes on from it was held, or came to nothing after all. */
  count(answer: AnswerName, continuations: 1 | -1): void {
    const body = this.#get(answer);
    if (body === null) return;
    this.#put(answer, { ...body, continued: Math.max(0, body.continued + continuations) });
  }

  /** One row: a call has ended with this answer. The same call again changes nothing. */
  give(principal: string, { key }: Pick<Hold, 'key'>, answer: GivenAnswer, nowMs: number): void {
    const { hash, prefixes, keptMs } = answer;
    const name = hash ?? `${CUT}${key}`;
    const before = this.#get({ principal, name });
    if (before?.key === key) return;
    const known = before !== null && before.endsAtMs > nowMs ? before : null;
    this.#put(
      { principal, name },
      {
        endsAtMs: nowMs + keptMs,
        given: (known?.given ?? 0) + 1,
        continued: known?.continued ?? 0,
        key,
        ...(hash === null ? { prefixes } : {}),
      },
    );
    if (before === null) this.#bound(principal, nowMs);
  }

  /**
   * A call ended, or was told so again: what may be continued from now on, and what was not
   * continued after all.
   */
  end(hold: Hold, { act, answer }: ResolveMessage, isFirst: boolean, nowMs: number): void {
    const principal = hold.accounts[0]?.principal;
    const isGiven = act.kind === 'settle' && answer !== undefined && answer !== null;
    // The truth about a call that had expired may come with its answer after all.
    if (isGiven && principal !== undefined && (isFirst || hold.status === 'expired')) {
      this.give(principal, hold, answer, nowMs);
    }
    const cameToNothing = act.kind === 'release' || answer === null;
    if (isFirst && cameToNothing && hold.continues !== undefined) this.count(hold.continues, -1);
  }

  /** Forgets what is out of time, and the oldest of too many. */
  #bound(principal: string, nowMs: number): void {
    if (this.#side.count('answer', principal) <= ANSWERS_MAX + ANSWERS_SLACK) return;
    const rows = this.#side
      .of('answer', principal, ANSWERS_MAX + ANSWERS_SLACK + 1)
      .map(({ name, body }) => ({ name, endsAtMs: bodyOf({ body }).endsAtMs }))
      .sort((a, b) => b.endsAtMs - a.endsAtMs);
    rows.forEach(({ name, endsAtMs }, index) => {
      if (endsAtMs <= nowMs || index >= ANSWERS_MAX) this.#side.drop('answer', principal, name);
    });
  }

  /** What goes along with an account that moves. */
  rowsOf(principal: string, nowMs: number): AnswerRow[] {
    return this.#side
      .of('answer', principal, ANSWERS_MAX + ANSWERS_SLACK)
      .filter((row) => bodyOf(row).endsAtMs > nowMs)
      .map(({ name, body }) => ({ name, body }));
  }

  takeOver(principal: string, rows: readonly AnswerRow[]): void {
    for (const { name, body } of rows) this.#side.put('answer', principal, name, body);
  }

  /**
   * Looks at the next few answers and forgets those that are out of time. When it is worth looking
   * again if nobody calls, or null if nothing is left.
   */
  sweep(nowMs: number): number | null {
    const rows = this.#side.behind('answer', this.#sweptTo, SWEPT_PER_STEP_MAX);
    const isPart = rows.length === SWEPT_PER_STEP_MAX;
    this.#sweptTo = (isPart ? rows.at(-1) : undefined) ?? { subject: '', name: '' };
    let lastMs: number | null = null;
    for (const row of rows) {
      const { endsAtMs } = bodyOf(row);
      if (endsAtMs <= nowMs) this.#side.drop('answer', row.subject, row.name);
      else lastMs = Math.max(lastMs ?? 0, endsAtMs);
    }
    return isPart ? nowMs : lastMs;
  }
}
