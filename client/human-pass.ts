// The pass that a human proof earned: shown with every call until the gateway asks for a human
// again. All tabs of a site have the same one where the page has storage; it works without.

import { isToken } from './human-challenge.ts';

export type HumanPass = {
  read(): string | null;
  keep(pass: string): void;
  drop(): void;
};

export function createHumanPass(owner: string): HumanPass {
  const name = `weighbridge:pass:${owner}`;
  let own: string | null = null;
  return {
    read() {
      const shared = inStorage((storage) => storage.getItem(name));
      return isToken(shared) ? shared : own;
    },
    keep(pass) {
      if (!isToken(pass)) return;
      own = pass;
      inStorage((storage) => storage.setItem(name, pass));
    },
    drop() {
      own = null;
      inStorage((storage) => storage.removeItem(name));
    },
  };
}

/** A page may have no storage, or forbid to touch it. Other programs are not asked. */
function inStorage<Value>(use: (storage: Storage) => Value): Value | null {
  try {
    return typeof document === 'undefined' ? null : use(localStorage);
  } catch {
    return null;
  }
}
