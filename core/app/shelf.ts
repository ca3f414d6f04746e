// Messages between the Worker and the shelves that keep conversations. A conversation goes by the
// hash of its realm, route, principal and id, so that by an id alone nobody finds it; and it lies
// on the shelf of its principal, so that what one principal may keep is counted in one place.

import { type Bytes, toBase64Url, utf8 } from '../bytes.ts';
import { sha256 } from '../proof/sha256.ts';
import type { App } from '../policy/policy.ts';
import type { Turn } from './history.ts';

/** For good: with another number, what is kept would lie elsewhere. */
const SHELVES = 8;

export type Place = {
  readonly shelf: string;
  readonly owner: string;
};

const hashOf = (parts: readonly string[]): Bytes => sha256(utf8(parts.join('\0')));

/** Where the conversations of a principal are. */
export function placeOf(realm: string, principal: string): Place {
  const hash = hashOf([realm, principal]);
  return {
    shelf: `shelf:${String((hash[0] as number) % SHELVES)}`,
    owner: toBase64Url(hash),
  };
}

export const conversationKey = (
  realm: string,
  routeId: string,
  principal: string,
  id: string,
): string => toBase64Url(hashOf([realm, routeId, principal, id]));

export type KeepMessage = Pick<App, 'historyTurnsMax' | 'historyBytesMax'> & {
  readonly key: string;
  readonly owner: string;
  /** One that is not new and not there was forgotten, and stays so. */
  readonly isNew: boolean;
  /** Null where nothing of an answer got through. */
  readonly turn: Turn | null;
  readonly keptMs: number;
};

export type ShelfPort = {
  /** Null: there is none, or it is too old. */
  read(key: string): Promise<readonly Turn[] | null>;
  keep(message: KeepMessage): Promise<void>;
  /** How many there were. */
  forget(owner: string): Promise<number>;
};
