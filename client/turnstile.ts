// Asks a visitor with Cloudflare Turnstile: loads its script when it is first needed, renders it
// explicitly, and ties the answer to one challenge. Neither that script nor this file is loaded on
// a page whose challenges ask for no human.

import { abortable } from './abortable.ts';
import type { HumanChallenge } from './human-challenge.ts';
import { openHumanRegion } from './human-region.ts';
import type { TurnstileOptions } from './create-fetch.ts';
import { type AskHuman, createHumanAsker } from './human-asker.ts';

/** It has to come from there: a copy stops working when the service changes. */
const TURNSTILE_SCRIPT = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';
/** After so long without an answer the visitor is shown what is going on. */
const SILENT_MILLISECONDS_MAX = 3_000;

type Widget = {
  readonly sitekey: string;
  readonly action: string;
  readonly cData: string;
  readonly appearance: 'interaction-only';
  readonly retry: 'never';
  callback(token: string): void;
  'error-callback'(code: unknown): boolean;
  'timeout-callback'(): void;
  'unsupported-callback'(): void;
  'before-interactive-callback'(): void;
};

type Turnstile = {
  render(container: HTMLElement, widget: Widget): string | undefined;
  remove(widgetId: string): void;
};

export const createTurnstileAsker = (options: TurnstileOptions): AskHuman =>
  createHumanAsker((challenge) => solveWithTurnstile(options, challenge));

async function solveWithTurnstile(
  { src, container }: TurnstileOptions,
  challenge: HumanChallenge,
): Promise<string> {
  const { signal } = challenge;
  const turnstile = await abortable(loadTurnstile(src ?? TURNSTILE_SCRIPT), signal);
  const region = openHumanRegion(container ?? null);
  const showing = setTimeout(region.show, SILENT_MILLISECONDS_MAX);
  let widgetId: string | undefined;
  try {
    const token = new Promise<string>((resolve, reject) => {
      const widget = widgetFor(challenge, region.show, resolve, reject);
      widgetId = turnstile.render(region.place, widget);
    });
    const first = Promise.race([token, region.cancelled, tooLate(challenge)]);
    return await abortable(first, signal);
  } finally {
    clearTimeout(showing);
    if (widgetId !== undefined) turnstile.remove(widgetId);
    region.close();
  }
}

function widgetFor(
  { siteKey, action, cData }: HumanChallenge,
  show: () => void,
  resolve: (token: string) => void,
  reject: (error: Error) => void,
): Widget {
  const fail = (why: string) => reject(new TypeError(`The human check failed: ${why}.`));
  return {
    sitekey: siteKey,
    action,
    cData,
    appearance: 'interaction-only',
    retry: 'never',
    callback: resolve,
    'error-callback': (code) => {
      fail(String(code));
      return true;
    },
    'timeout-callback': () => fail('it was not completed in time'),
    'unsupported-callback': () => fail('this browser is not supported'),
    'before-interactive-callback': show,
  };
}

function tooLate({ secondsMax }: HumanChallenge): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(
      () => reject(new TypeError('The human check was not completed in time.')),
      1_000 * secondsMax,
    );
  });
}

const loading = new Map<string, Promise<Turnstile>>();

function loadTurnstile(src: string): Promise<Turnstile> {
  const known = loading.get(src);
  if (known !== undefined) return known;
  const load = new Promise<Turnstile>((resolve, reject) => {
    const present = turnstileHere();
    if (present !== null) {
      resolve(present);
      return;
    }
    const script = document.createElement('script');
    script.src = src;
    script.async = true;
    script.addEventListener('load', () => {
      const loaded = turnstileHere();
      if (loaded === null) reject(new TypeError('The human check did not start.'));
      else resolve(loaded);
    });
    script.addEventListener('error', () => {
      script.remove();
      reject(new TypeError('The human check could not be loaded.'));
    });
    document.head.append(script);
  });
  loading.set(src, load);
  // The next call may try again.
  load.catch(() => loading.delete(src));
  return load;
}

const turnstileHere = (): Turnstile | null => {
  const { turnstile } = globalThis as { turnstile?: Turnstile };
  return typeof turnstile?.render === 'function' ? turnstile : null;
};
