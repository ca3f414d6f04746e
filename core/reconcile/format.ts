// What a reader of one export format has to offer: how its records are told from others' by what is
// in them, which columns its CSV cannot do without, and what a record means as a row.

import type { Provider, ProviderRow } from './export.ts';
import type { ExportRecord, Fields } from './record.ts';

export type ExportFormat = {
  readonly id: string;
  readonly provider: Provider;
  /** Fields of which each belongs to this format alone among those of its time column. */
  readonly marks: readonly string[];
  /** The column or field that says when. */
  readonly startNames: readonly string[];
  readonly endNames: readonly string[];
  readonly csvColumns: readonly string[];
  readonly read: (fields: Fields, day: string) => ProviderRow;
};

export const startOf = (format: ExportFormat, record: ExportRecord): string | null =>
  format.startNames.map((name) => record.fields.get(name)).find((text) => text !== undefined) ??
  null;

export const endOf = (format: ExportFormat, record: ExportRecord): string | null =>
  format.endNames.map((name) => record.fields.get(name)).find((text) => text !== undefined) ?? null;
