// An Express server that serves nobody but the gateway. It answers who asked, and with what.
//
//   APP_GRANT_SECRET=… node examples/origin-lock/express-server.ts

import express from 'express';
import { callerOf, originLock } from './express-lock.ts';

const app = express();

app.use(
  '/api',
  originLock({
    secret: process.env['APP_GRANT_SECRET'] ?? '',
    origin: 'app',
    onRefused: (why) => console.error(`refused: ${why}`),
  }),
);
// Behind the lock. In front of it, it would take away the bytes that were signed.
app.use(express.json());

app.post('/api/hello', (request, response) => {
  response.json({ caller: callerOf(request), said: request.body as unknown });
});

const server = app.listen(Number(process.env['PORT'] ?? '3000'), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  console.log(`ready http://127.0.0.1:${String(port)}`);
});
