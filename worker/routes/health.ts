// Liveness: which version runs and which policy it enforces. Touches nothing.

import type { AppContext } from '../app.ts';
import { VERSION } from '../version.ts';

export const health = (c: AppContext): Response =>
  c.json({ status: 'ok', version: VERSION, policyVersion: c.get('deps').policy.version });
