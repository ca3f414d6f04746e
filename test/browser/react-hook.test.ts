// The React hook of the examples on its page, bundled as its README says, in a real Chromium
// against the shipped stack.

import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { useVisitor } from './visitor.ts';

const currentVisitor = useVisitor();

test('a visitor types, is prepared, and reads the answer as it comes', async () => {
  const { stack, page, asked } = currentVisitor();
  const bundled = await build({
    entryPoints: [inRoot('examples/react-hook/chat-page.tsx')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['./solver-module.js', './turnstile.js'],
    write: false,
  });
  const solver = await readFile(inRoot('dist/client/solver.js'));
  const script = (body: string): object => ({ contentType: 'text/javascript', body });
  await page.route(`${stack.gatewayUrl}/react/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const scripts: Readonly<Record<string, string>> = {
      '/react/chat.js': bundled.outputFiles[0]?.text ?? '',
      '/react/solver.js': solver.toString(),
    };
    const asked = scripts[pathname];
    if (asked !== undefined) return route.fulfill(script(asked));
    const body =
      '<!doctype html><title>Chat</title><div id="root"></div><script type="module" src="chat.js"></script>';
    return route.fulfill({ contentType: 'text/html', body });
  });
  await stack.script({ text: 'Nine elephants.' });
  await page.goto(`${stack.gatewayUrl}/react/`);
  await page.getByLabel('Message').pressSequentially('How heavy?');
  await expect.poll(() => page.workers().length).toBeGreaterThan(0);
  await page.keyboard.press('Enter');
  await page.locator('li[data-role=assistant]', { hasText: 'Nine elephants.' }).waitFor();
  expect(asked.map(({ bind }) => bind)).toEqual(['signature']);
  await page.getByLabel('Message').pressSequentially('And now?');
  await page.keyboard.press('Enter');
  await page.locator('li[data-role=assistant]').nth(1).waitFor();
  // The second was prepared by the answer to the first.
  expect(asked.length).toBe(1);
});
