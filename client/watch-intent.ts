// Notices when a visitor is about to send something: a text field gets the focus or is typed into,
// on a page that can be seen and has a network. It reads no key and no text, and lets the page do
// everything else first.

const EVENTS = ['focusin', 'input', 'keydown'] as const;
/** The stock decides whether there is anything to do; this spares it the question. */
const PAUSE_MILLISECONDS = 1_000;
const IDLE_MILLISECONDS_MAX = 500;
const NO_TEXT = /^(?:button|checkbox|color|file|hidden|image|radio|range|reset|submit)$/;

/** `prepare` is called while the page is idle, at most once in a while. */
export function watchIntent(prepare: () => void): void {
  let lastAt = Number.NEGATIVE_INFINITY;
  let isMissed = false;
  const when = (): void => {
    if (document.visibilityState !== 'visible') return;
    isMissed = !navigator.onLine;
    if (isMissed || performance.now() - lastAt < PAUSE_MILLISECONDS) return;
    lastAt = performance.now();
    whenIdle(prepare);
  };
  const onEvent = (event: Event): void => {
    // A page that puts the cursor somewhere by itself says nothing about its visitor.
    if (event.type === 'focusin' && !(navigator.userActivation?.hasBeenActive ?? true)) return;
    if (isTextField(event.composedPath()[0])) when();
  };
  for (const type of EVENTS) {
    document.addEventListener(type, onEvent, { passive: true, capture: true });
  }
  addEventListener('online', () => {
    if (isMissed) when();
  });
}

export function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === 'function') {
    requestIdleCallback(work, { timeout: IDLE_MILLISECONDS_MAX });
  } else {
    setTimeout(work, 0);
  }
}

function isTextField(target: unknown): boolean {
  if (target instanceof HTMLInputElement) return !NO_TEXT.test(target.type);
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLElement && target.isContentEditable;
}
