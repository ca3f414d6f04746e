// Forgets what one principal has said on the apps' own routes, and what it was answered. Nobody is
// shown any of it here.

import { Hono } from 'hono/tiny';
import type { AppEnv } from '../app.ts';
import { isPrincipal, say, unknownPrincipal } from './admin-answers.ts';
import { note } from './admin-audit.ts';

export const conversations = new Hono<AppEnv>();

conversations.delete('/', async (c) => {
  const deps = c.get('deps');
  const principal = c.req.query('principal') ?? '';
  if (!isPrincipal(principal)) return say(c, unknownPrincipal);
  const forgotten = await deps.shelves.forget(principal);
  await note(deps, {
    kind: 'conversations-forgotten',
    subject: principal,
    reason: '',
    before: { conversations: forgotten },
    after: null,
  });
  return c.json({ principal, forgotten });
});
