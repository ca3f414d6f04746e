// What roots granted, as their rows say, next to what the rows of those who spend it say.

import type { Books } from './books.ts';
import { Broken } from './trace.ts';

type Lease = {
  readonly windowId: number;
  readonly granted: number;
  readonly returned: number;
  readonly used: number;
};

type Change = {
  readonly name: string;
  readonly windowId: number;
  /** What the change means for the root. */
  readonly used: number;
  readonly leased: number;
  readonly isGrant: boolean;
};

const NONE = { granted: 0, returned: 0, used: 0 };

const unspent = ({ granted, returned, used }: Omit<Lease, 'windowId'>): number =>
  Math.max(0, granted - returned - used);

export class LeaseRows {
  /** Root, budget, spender, counter, window. */
  readonly #known = new Map<string, Lease>();

  /** A root's row about one spender changed. */
  update(
    root: string,
    {
      subject,
      key,
      body,
    }: { readonly subject: string; readonly key: string; readonly body: string },
    spender: Books,
  ): Change[] {
    const rows = JSON.parse(body) as Readonly<Record<string, readonly Lease[]>>;
    return Object.entries(rows).flatMap(([name, list]) =>
      list.map((lease) => {
        const id = `${root}|${subject}|${key}|${name}|${String(lease.windowId)}`;
        const before = this.#known.get(id) ?? NONE;
        this.#known.set(id, lease);
        const book = spender.at(subject, name, lease.windowId);
        const isTrue =
          lease.granted >= before.granted &&
          lease.returned >= before.returned &&
          lease.used >= before.used &&
          lease.granted >= book.granted;
        const isBacked =
          spender.forgotten.has(subject) ||
          (lease.returned <= book.returned && lease.used <= book.used);
        if (!isTrue || !isBacked) {
          throw new Broken(
            'a root counts back only what the spender gave back or used',
            `${id} ${JSON.stringify({ before, lease, book })}`,
          );
        }
        return {
          name,
          windowId: lease.windowId,
          used: lease.used - before.used,
          leased: unspent(lease) - unspent(before),
          isGrant: lease.granted > before.granted,
        };
      }),
    );
  }
}
