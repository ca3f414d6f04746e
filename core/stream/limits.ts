// What one stream may keep, whatever the provider sends: 88 KiB here. With what is read ahead of
// the caller (64 KiB, which pin a third more at most), a chunk of 16 KiB in passing, and what a
// dialect remembers of the answer (64 KiB at most, by Responses) it stays within 256 KiB.

/** An event up to this is kept and read whole; a larger one passes on as it comes. */
export const EVENT_BYTES_MAX = 65_536;

/** Of a larger one: what is kept of its beginning, and of its end. */
export const LARGE_HEAD_BYTES = 4_096;
export const LARGE_TAIL_BYTES = 16_384;

/** An event up to this may become a template. */
export const TEMPLATE_BYTES_MAX = 1_024;
export const TEMPLATES_MAX = 8;
/** Events that are looked at for one: a stream of which no two are alike is left alone. */
export const LESSONS_MAX = 32;

/** Small pieces of memory are shared out of one of these. */
export const SLAB_BYTES = 8_192;

/** All of it: an event or the ends of a larger one, a slab, templates, whose bytes count twice. */
export const STREAM_BYTES_MAX =
  EVENT_BYTES_MAX + SLAB_BYTES + 2 * TEMPLATES_MAX * TEMPLATE_BYTES_MAX;
