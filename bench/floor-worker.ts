// The bare floor: a Hono proxy that passes the request to the provider and its answer back, and
// knows nothing else. Everything is measured as a ratio to it.

import { Hono } from 'hono';

const app = new Hono<{ Bindings: { OPENAI_BASE_URL: string } }>();

app.post('*', (c) =>
  fetch(`${c.env.OPENAI_BASE_URL}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer sk-bench' },
    body: c.req.raw.body,
  }),
);

export default app;
