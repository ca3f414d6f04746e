// The operator's API behind its token. Off entirely while no token is set; every body is checked as
// strictly as a caller's.

import { Hono } from 'hono/tiny';
import { equalBytes, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import type { AppEnv } from '../app.ts';
import { say } from './admin-answers.ts';
import { alerts } from './admin-alerts.ts';
import { audit } from './admin-audit.ts';
import { impact } from './admin-impact.ts';
import { conversations } from './admin-conversations.ts';
import { keys } from './admin-keys.ts';
import { principals } from './admin-principals.ts';
import { requests } from './admin-requests.ts';
import { statements } from './admin-statements.ts';
import { switches } from './admin-switches.ts';

/** Compared as hashes, so that neither length nor first difference can be timed. */
const sameSecret = (a: string, b: string): boolean => equalBytes(sha256(utf8(a)), sha256(utf8(b)));

export const admin = new Hono<AppEnv>();

admin.use(async (c, next) => {
  const { adminToken } = c.get('deps');
  if (adminToken === null) return say(c, { kind: 'admin-disabled' });
  const token = (c.req.header('Authorization') ?? '').replace(/^Bearer +/i, '');
  if (!sameSecret(token, adminToken)) return say(c, { kind: 'admin-token-invalid' });
  await next();
  return undefined;
});

admin.route('/principals', principals);
admin.route('/keys', keys);
admin.route('/requests', requests);
admin.route('/statements', statements);
admin.route('/impact', impact);
admin.route('/switches', switches);
admin.route('/audit', audit);
admin.route('/conversations', conversations);
admin.route('/alerts', alerts);

admin.notFound((c) => say(c, { kind: 'path-unknown' }));
