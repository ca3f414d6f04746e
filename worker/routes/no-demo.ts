// What stands in a deployment where the demo page would be: nothing.

import { Hono } from 'hono/tiny';
import type { AppEnv } from '../app.ts';

export const demo = new Hono<AppEnv>();
