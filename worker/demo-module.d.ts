// The demo page is found by name, so that a deployment can be built without it.
declare module 'weighbridge-demo' {
  import type { Hono } from 'hono/tiny';
  import type { AppEnv } from './app.ts';
  export const demo: Hono<AppEnv>;
}
