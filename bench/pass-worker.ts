// The least that can stand before an origin: it passes every request on and knows nothing else.

export default {
  fetch: (request: Request): Promise<Response> => fetch(request),
};
