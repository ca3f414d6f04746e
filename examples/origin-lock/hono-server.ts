// A Hono server that serves nobody but the gateway. It answers who asked, and with what.
//
//   APP_GRANT_SECRET=… node examples/origin-lock/hono-server.ts

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { type LockedEnv, originLock } from './hono-lock.ts';

const app = new Hono<LockedEnv>();

app.use('/api/*', bodyLimit({ maxSize: 1_048_576 }));
app.use(
  '/api/*',
  originLock({
    secret: process.env['APP_GRANT_SECRET'] ?? '',
    origin: 'app',
    onRefused: (why) => console.error(`refused: ${why}`),
  }),
);

app.post('/api/hello', async (c) => c.json({ caller: c.get('caller'), said: await c.req.json() }));

const port = Number(process.env['PORT'] ?? '3000');
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) => {
  console.log(`ready http://127.0.0.1:${String(info.port)}`);
});
