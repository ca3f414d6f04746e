// Pages that are published for a moment, each under a name of its own: whose `Origin` is a
// preview's. It is compared character by character; what only looks like one is none.

export type Preview = { readonly id: string; readonly suffix: string };

/** Of a host's name, as a browser writes it. */
export const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
export const HOST_CHARS_MAX = 253;
/** What stands before the suffix: one label or more. */
const NAMES = new RegExp(`^${LABEL}(?:\\.${LABEL}){0,9}$`);
const SCHEME = 'https://';

/** Whose preview is this a page of? */
export function previewOf(previews: readonly Preview[], origin: string | null): Preview | null {
  if (origin?.startsWith(SCHEME) !== true) return null;
  const host = origin.slice(SCHEME.length);
  if (host.length > HOST_CHARS_MAX) return null;
  const isUnder = ({ suffix }: Preview): boolean =>
    host.endsWith(suffix) && NAMES.test(host.slice(0, -suffix.length));
  return previews.find(isUnder) ?? null;
}
