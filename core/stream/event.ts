// One event of a stream, and what a dialect says of those that come by the thousand.

/** Of a framing without names the event's is empty. */
export type StreamEvent = { readonly event: string; readonly data: string };

/**
 * One plain event that was not read: what showed of it in bytes, its last varying number, and its
 * text, if the reader wants texts.
 */
export type PlainCounter = (visibleBytes: number, number: number | null, text: string) => void;

/**
 * Plain events change nothing but how much has shown, as long as only plain events come. Most are,
 * and differ in a few members, so that they can be counted without being read.
 */
export type PlainEvents = {
  /** Members whose strings show; they count as UTF-8. */
  readonly shown: readonly string[];
  /** Members whose strings and numbers mean nothing to the reader, save the last number. */
  readonly varying: readonly string[];
  /** What shows of a plain event, in bytes; null of any other. Changes nothing. */
  weigh(event: StreamEvent): number | null;
  /** What counts events that differ from this plain one only in what shows and what varies. */
  counter(event: StreamEvent): PlainCounter;
  /** The text of what shows is needed, not only its length. */
  wantsText?(): boolean;
};
