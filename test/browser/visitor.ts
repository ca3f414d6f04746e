// A visitor with a real Chromium before a local stack: a fresh profile for every test, the
// keyboard, and notes of what the page complained about and which challenges it asked for. It
// judges nothing but that there were no complaints.

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { CHROMIUM_LAUNCH } from '../../local/chromium.ts';
import { startStack, type TestStack, type TestStackOptions } from '../support/stack.ts';

export type Visitor = {
  readonly stack: TestStack;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What was sent to the challenge endpoint. */
  readonly asked: Record<string, unknown>[];
  /** Policy violations, and errors of the page's own. */
  readonly complaints: string[];
};

export const CHALLENGE_PATH = '/.well-known/inference-proof/challenge';

/** Sets a file's tests up. The visitor it returns is a new one in every test. */
export function useVisitor(options: TestStackOptions = {}): () => Visitor {
  let stack: TestStack;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    stack = await startStack(options);
    browser = await chromium.launch(CHROMIUM_LAUNCH);
  });
  beforeEach(async () => {
    await stack.resetEmulator();
    // Quick words, unless a test is about slow ones.
    await stack.script({ chunkDelayMs: 1 });
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    visitor = { stack, context, page: await context.newPage(), asked: [], complaints: [] };
    listen(visitor);
  });
  afterEach(async () => {
    await visitor.context.close();
    expect(visitor.complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });
  return () => visitor;
}

function listen({ page, asked, complaints }: Visitor): void {
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === CHALLENGE_PATH) {
      asked.push(JSON.parse(request.postData() ?? '{}'));
    }
  });
}

export async function openPage({ page, stack }: Visitor): Promise<void> {
  await page.goto(stack.gatewayUrl);
  await page.locator('#message').waitFor();
}

/** Types and sends with the keyboard alone. */
export async function say({ page }: Visitor, words: string): Promise<void> {
  await page.locator('#message').fill(words);
  await page.keyboard.press('Enter');
}

/** Waits until nothing is going on and reads what stands under the last question. */
export async function lastAnswer({ page }: Visitor): Promise<string> {
  await page.locator('#send').waitFor();
  return page.locator('.answer').last().innerText();
}

export async function ask(visitor: Visitor, words: string): Promise<string> {
  await say(visitor, words);
  return lastAnswer(visitor);
}
