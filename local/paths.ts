// Where things are in this checkout.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

export const inRoot = (...parts: readonly string[]): string => join(ROOT, ...parts);

export const WORKERD = inRoot('node_modules', 'workerd', 'bin', 'workerd');
