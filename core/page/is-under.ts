// Which paths a list of prefixes covers: for the SDK, the calls it proves; for the gateway, the
// pages it writes the SDK's tag into.

/** `/api/chat` covers itself and `/api/chat/…`, not `/api/chatter`. */
export const isUnder = (path: string, prefixes: readonly string[]): boolean =>
  prefixes.some(
    (prefix) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`),
  );
