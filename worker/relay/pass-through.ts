// Paths that no route protects go on to the origin behind this host, untouched: the gateway is
// bound to the whole host, and everything else on it is none of its business.

/** The origin's answer. On a zone's route, fetching a request's own URL reaches the origin. */
export const passThrough = (request: Request): Promise<Response> =>
  fetch(request, { redirect: 'manual' });
