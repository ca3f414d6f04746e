// The solver's script in a real Chromium, in a worker of a page whose policy says nothing about
// WebAssembly: which engine runs there, and that its work is right.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { checkWork } from '../../core/proof/work.ts';
import { openPage, useVisitor } from './visitor.ts';

const currentVisitor = useVisitor();

const SOLVER_PATH = '/_weighbridge/solver.js';
const seed = Uint8Array.from({ length: 32 }, (_, index) => 3 * index);
const puzzle = { k: 8, bits: 12, first: 0, step: 1 };

/** The engine that began, and the work. */
function solveInPage(page: Page): Promise<{ engine: string; work: number[] }> {
  return page.evaluate(
    ([path, bytes, share]) =>
      new Promise<{ engine: string; work: number[] }>((resolve, reject) => {
        const worker = new Worker(path);
        let engine = '';
        worker.addEventListener('error', (event) => {
          reject(new Error(`worker: ${event.message}`));
        });
        worker.addEventListener('message', ({ data }) => {
          if (data.weighbridge === 'begun') ({ engine } = data);
          if (data.weighbridge === 'solved') resolve({ engine, work: [...data.work] });
        });
        worker.postMessage({ weighbridge: 'solve', seed: new Uint8Array(bytes), ...share });
      }),
    [SOLVER_PATH, [...seed], puzzle] as const,
  );
}

const isRight = (work: number[]): boolean =>
  checkWork(seed, puzzle.k, puzzle.bits, Uint8Array.from(work));

describe('the solver in a worker', () => {
  test('uses SIMD although the page’s policy does not allow WebAssembly', async () => {
    const visitor = currentVisitor();
    await openPage(visitor);
    const refused = await visitor.page.evaluate(() =>
      WebAssembly.instantiate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(
        () => false,
        () => true,
      ),
    );
    // The page itself is refused, and says so: that is not a complaint about the solver.
    expect(refused).toBe(true);
    visitor.complaints.length = 0;
    const { engine, work } = await solveInPage(visitor.page);
    expect(engine).toBe('simd');
    expect(isRight(work)).toBe(true);
  });

  test('goes on in plain script where a proxy has put a policy without it on the file', async () => {
    const visitor = currentVisitor();
    const { context, page } = visitor;
    await context.route(`**${SOLVER_PATH}`, async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), 'content-security-policy': "script-src 'self'" };
      await route.fulfill({ response, headers });
    });
    await openPage(visitor);
    const { engine, work } = await solveInPage(page);
    expect(engine).toBe('script');
    expect(isRight(work)).toBe(true);
  });

  test('runs in a page that isolates itself from other origins', async () => {
    const visitor = currentVisitor();
    const { context, page, stack } = visitor;
    await context.route(`${stack.gatewayUrl}/`, async (route) => {
      const response = await route.fetch();
      const isolation = {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      };
      await route.fulfill({ response, headers: { ...response.headers(), ...isolation } });
    });
    await openPage(visitor);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect((await solveInPage(page)).engine).toBe('simd');
  });
});
