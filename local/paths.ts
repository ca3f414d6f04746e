// Where things are in this checkout.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

export const inRoot = (...parts: readonly string[]): string => join(ROOT, ...parts);

/** What the Worker hands to browsers, and nothing else: `[assets]` of wrangler.toml. */
export const CLIENT_FILES = inRoot('dist', 'served');

export const WORKERD = inRoot('node_modules', 'workerd', 'bin', 'workerd');
