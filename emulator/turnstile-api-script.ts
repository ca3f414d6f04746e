/**
 * The browser's side of the stand-in: `window.turnstile` with the calls of Cloudflare's api.js that
 * a page with explicit rendering uses, in one script without dependencies. It shows a line of text
 * rather than a widget, and asks its own server for the token.
 */
export const API_SCRIPT = `(() => {
  const base = new URL(document.currentScript.src);
  const widgets = new Map();
  let made = 0;

  const containerOf = (container) =>
    typeof container === 'string' ? document.querySelector(container) : container;

  async function solve(id) {
    const widget = widgets.get(id);
    if (widget === undefined || widget.isRunning) return;
    widget.isRunning = true;
    const { sitekey, action = '', cData = '' } = widget.options;
    let answer;
    try {
      const response = await fetch(new URL('emulated-token', base), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sitekey, action, cData }),
      });
      answer = await response.json();
    } catch {
      answer = { error: '200500' };
    }
    if (widgets.get(id) !== widget) return;
    widget.isRunning = false;
    if (answer.token === undefined) {
      const report = widget.options['error-callback'];
      if (report === undefined || report(answer.error) !== true) {
        console.warn('[turnstile stand-in] error ' + answer.error);
      }
      return;
    }
    widget.token = answer.token;
    widget.element.dataset.state = 'solved';
    widget.options.callback?.(answer.token);
  }

  const named = (container) => {
    if (typeof container === 'string' && widgets.has(container)) return container;
    const element = containerOf(container);
    for (const [id, widget] of widgets) if (widget.container === element) return id;
    return [...widgets.keys()].at(-1);
  };

  window.turnstile = {
    ready(callback) {
      if (document.readyState === 'loading') {
        document.addEventListener('DOMContentLoaded', () => callback(), { once: true });
      } else callback();
    },
    render(container, options) {
      const parent = containerOf(container);
      if (parent === null || parent === undefined) throw new Error('[turnstile] no container');
      made += 1;
      const id = 'cf-chl-widget-emulated-' + String(made);
      const element = document.createElement('div');
      element.id = id;
      element.dataset.state = 'waiting';
      if (options.appearance !== 'interaction-only') element.textContent = 'Turnstile stand-in';
      parent.append(element);
      widgets.set(id, { container: parent, element, options, token: undefined, isRunning: false });
      if (options.execution !== 'execute') void solve(id);
      return id;
    },
    execute(container, options) {
      const id = named(container);
      if (id === undefined) return this.render(container, { ...options, execution: 'render' });
      void solve(id);
    },
    reset(container) {
      const id = named(container);
      const widget = widgets.get(id);
      if (widget === undefined) return;
      const fresh = { ...widget, token: undefined, isRunning: false };
      widgets.set(id, fresh);
      fresh.element.dataset.state = 'waiting';
      if (fresh.options.execution !== 'execute') void solve(id);
    },
    remove(container) {
      const id = named(container);
      widgets.get(id)?.element.remove();
      widgets.delete(id);
    },
    getResponse: (container) => widgets.get(named(container))?.token,
    isExpired: () => false,
  };

  const onload = base.searchParams.get('onload');
  if (onload !== null) window[onload]?.();
})();
`;
