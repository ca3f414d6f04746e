// What an object's memory says of its counters, against the auditor's books.

import type { Auditor } from './auditor.ts';
import { type Book, isRolling } from './books.ts';
import type { Host } from './host.ts';
import type { Ward } from './ward.ts';

const WINDOWS_KEPT = 2;

export function compareMemory(
  auditor: Auditor,
  host: Host,
  ward: Ward,
  books: Iterable<Book>,
): void {
  const ledger = host.current?.ledger;
  if (ledger === undefined) return;
  for (const book of books) {
    const { principal, name, windowId } = book;
    const account = ledger.account(principal);
    const cells = account.cells[name] ?? [];
    const cell = cells.find((one) => one.windowId === windowId);
    const detail = (): string =>
      `${host.address} ${principal} ${name} ${JSON.stringify({ book, cells, clock: account.clockMs })}`;
    if (cell === undefined) {
      const newer = cells.filter((one) => one.windowId > windowId).length;
      const isEmpty = book.used === 0 && book.held === 0 && book.granted === 0 && book.leased === 0;
      auditor.expect(isEmpty || newer >= WINDOWS_KEPT, 'a window in use is not forgotten', detail);
      continue;
    }
    auditor.expect(cell.used >= 0 && cell.held >= 0, 'nothing is negative', detail);
    auditor.expect(cell.held === book.held, 'what is held is the sum of the open holds', detail);
    if (isRolling(name)) {
      ward.rolling.check(
        auditor,
        { principal, name, cap: auditor.caps.at(ward, principal, name) },
        cell,
        detail,
      );
      continue;
    }
    auditor.expect(cell.used === book.used, 'what is used is the sum of all charges', detail);
    auditor.expect(
      (cell.leased ?? 0) === book.leased &&
        (cell.granted ?? 0) === book.granted &&
        (cell.returned ?? 0) === book.returned,
      'slices in memory are those of the rows',
      detail,
    );
  }
}
