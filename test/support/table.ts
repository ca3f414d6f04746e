// Reads a page of aligned rows, so that a ledger test is a table that can be checked by eye. The
// first row names the columns; bars only guide the eye; `//` begins a comment. A row that does not
// fit the header is a mistake in the test and is thrown with its text.

export type Row<Column extends string> = {
  readonly [name in Column]: string;
} & {
  /** The row as it was written, for the message of a failing test. */
  readonly text: string;
};

const cellsOf = (line: string): string[] => line.split(/[\s|]+/).filter((cell) => cell !== '');

export function parseTable<Column extends string>(
  columns: readonly Column[],
  page: string,
): Row<Column>[] {
  const lines = page
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .filter((line) => line !== '');
  const [header = '', ...body] = lines;
  if (cellsOf(header).join(' ') !== columns.join(' ')) {
    throw new Error(`the table's header is "${header}", not "${columns.join(' ')}"`);
  }
  return body.map((text) => {
    const cells = cellsOf(text);
    if (cells.length !== columns.length) {
      throw new Error(`${String(columns.length)} cells are needed in the row "${text}"`);
    }
    const entries = columns.map((column, index) => [column, cells[index] ?? '']);
    return { ...(Object.fromEntries(entries) as Record<Column, string>), text };
  });
}

export const LEDGER_COLUMNS = ['at', 'do', 'hold', 'amount', 'held', 'spent', 'status'] as const;

export type LedgerRow = Row<(typeof LEDGER_COLUMNS)[number]>;

export const ledgerTable = (page: string): LedgerRow[] => parseTable(LEDGER_COLUMNS, page);

/** Seconds since 1970 as a number, or a UTC time such as `2028-02-29T23:59:59`. */
export function tableTimeMs(at: string): number {
  const timeMs = /^-?[\d.]+$/.test(at) ? Number(at) * 1_000 : Date.parse(`${at}Z`);
  if (!Number.isFinite(timeMs)) throw new Error(`not a time: "${at}"`);
  return timeMs;
}

/** `400`, or `100..400` for the least that is useful and what is wanted; `_` for none. */
export function tableAmount(amount: string): { readonly min: number; readonly max: number } {
  const match = /^(?:(\d+)\.\.)?(\d+)$/.exec(amount);
  if (amount !== '_' && match === null) throw new Error(`not an amount: "${amount}"`);
  const max = Number(match?.[2] ?? 0);
  return { min: Number(match?.[1] ?? max), max };
}
