// The shelves of conversations as the Worker reaches them: one hop to read, before a call that is
// paid for goes up, and one to keep, when it is over. A stub is made for every use: one that has
// failed once is dead.

import { conversationKey, placeOf, type ShelfPort } from '../../core/app/shelf.ts';
import { answerText, type Turn } from '../../core/app/history.ts';
import { type Call, primaryOf, type Talk } from '../../core/call.ts';
import type { CollectedAnswer } from '../../core/dialects/dialect.ts';
import type { App } from '../../core/policy/policy.ts';
import { present } from '../../core/result.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../observe/log.ts';

const ANSWER_MS_MAX = 2_000;
const HOUR_MS = 3_600_000;
/** A caller who stops its first answer may be back before that is kept: 0.8 s in all. */
const UNKNOWN_WAITS_MS = [20, 60, 180, 540] as const;

export class Shelves {
  readonly #env: Pick<Env, 'CONVERSATION_SHELF'>;
  readonly #realm: string;

  constructor(env: Pick<Env, 'CONVERSATION_SHELF'>, realm: string) {
    this.#env = env;
    this.#realm = realm;
  }

  #at(shelf: string): ShelfPort {
    return this.#env.CONVERSATION_SHELF.getByName(shelf);
  }

  #keyOf(call: Call, { conversationId }: Talk): string {
    const id = present(conversationId, 'conversation');
    return conversationKey(this.#realm, call.route.id, primaryOf(call), id);
  }

  /** Null where this caller has no such conversation here. Throws where nobody says. */
  async read(call: Call, talk: Talk): Promise<readonly Turn[] | null> {
    const { shelf } = placeOf(this.#realm, primaryOf(call));
    const key = this.#keyOf(call, talk);
    const late = scheduler.wait(ANSWER_MS_MAX).then(() => {
      throw new Error('the shelf did not answer in time');
    });
    for (const waitMs of [...UNKNOWN_WAITS_MS, 0]) {
      const turns = await Promise.race([this.#at(shelf).read(key), late]);
      if (turns !== null || waitMs === 0) return turns;
      await scheduler.wait(waitMs);
    }
    return null;
  }

  /** What got through of an answer; null where nothing did. */
  async keep(call: Call, answer: CollectedAnswer | null, didAnswer: boolean): Promise<void> {
    const { app } = call.route;
    if (app === null) return;
    const { historyTurnsMax, historyBytesMax, hoursMax }: App = app;
    const talk = present(call.talk, 'talk');
    const { shelf, owner } = placeOf(this.#realm, primaryOf(call));
    const turn: Turn | null = didAnswer
      ? { user: talk.message, assistant: answerText(answer) }
      : null;
    const message = {
      key: this.#keyOf(call, talk),
      owner,
      isNew: talk.isNew,
      turn,
      historyTurnsMax,
      historyBytesMax,
      keptMs: hoursMax * HOUR_MS,
    };
    await this.#at(shelf)
      .keep(message)
      .catch((cause: unknown) => {
        logEvent('turn-lost', { requestId: call.requestId, cause: String(cause) });
      });
  }

  forget(principal: string): Promise<number> {
    const { shelf, owner } = placeOf(this.#realm, principal);
    return this.#at(shelf).forget(owner);
  }
}
