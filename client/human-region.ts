// Where the human check is shown: the page's own place for it, or a labelled region at the bottom
// of the window that appears only when the visitor has something to do, takes the focus, gives it
// back, and can be left with Escape. Styles are set by script, which a strict policy allows.

export type HumanRegion = {
  readonly place: HTMLElement;
  /** Rejects when the visitor does not want to. */
  readonly cancelled: Promise<never>;
  readonly show: () => void;
  readonly close: () => void;
};

const LABEL = 'Please confirm that you are human';

export function openHumanRegion(container: string | null): HumanRegion {
  const own = container === null ? null : document.querySelector<HTMLElement>(container);
  const place = document.createElement('div');
  if (own !== null) {
    own.append(place);
    const never = new Promise<never>(() => undefined);
    return { place, cancelled: never, show: () => undefined, close: () => place.remove() };
  }
  return openRegion(place);
}

function openRegion(place: HTMLElement): HumanRegion {
  const region = document.createElement('section');
  const cancel = document.createElement('button');
  const label = document.createElement('p');
  label.textContent = LABEL;
  cancel.type = 'button';
  cancel.textContent = 'Cancel';
  region.setAttribute('role', 'dialog');
  region.setAttribute('aria-label', LABEL);
  region.tabIndex = -1;
  region.dataset['weighbridge'] = 'human';
  Object.assign(region.style, HIDDEN);
  Object.assign(label.style, { margin: '0 0 8px' });
  region.append(label, place, cancel);
  document.body.append(region);

  let before: Element | null = null;
  let leave = (): void => undefined;
  const cancelled = new Promise<never>((_resolve, reject) => {
    leave = () => reject(new DOMException('The human check was cancelled.', 'AbortError'));
  });
  const onKey = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape' && before !== null) leave();
  };
  cancel.addEventListener('click', leave);
  document.addEventListener('keydown', onKey);
  return {
    place,
    cancelled,
    show() {
      if (before !== null) return;
      before = document.activeElement ?? document.body;
      Object.assign(region.style, SHOWN);
      region.focus();
    },
    close() {
      document.removeEventListener('keydown', onKey);
      const hadFocus = region.contains(document.activeElement);
      region.remove();
      if (hadFocus && before instanceof HTMLElement) before.focus();
    },
  };
}

/** Laid out, so that the check can measure its place, but neither seen nor in the way. */
const HIDDEN: Partial<CSSStyleDeclaration> = {
  position: 'fixed',
  insetInline: '0',
  bottom: '16px',
  width: 'fit-content',
  maxWidth: 'calc(100vw - 32px)',
  boxSizing: 'border-box',
  margin: '0 auto',
  padding: '16px',
  zIndex: '2147483647',
  font: '16px/1.4 system-ui, sans-serif',
  color: 'CanvasText',
  background: 'Canvas',
  border: '1px solid GrayText',
  borderRadius: '12px',
  visibility: 'hidden',
};

const SHOWN: Partial<CSSStyleDeclaration> = { visibility: 'visible' };
