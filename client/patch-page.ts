// Puts the client into a page: `fetch` and `XMLHttpRequest` prove what is protected, a beacon to a
// protected path is refused because it cannot carry a proof, and a page that goes into the
// back/forward cache takes no worker with it.

import type { Client } from './create-client.ts';
import { targetUrl } from './outgoing-call.ts';
import { createProvingXhr } from './proving-xhr.ts';

export function patchPage(client: Client): void {
  const { prover } = client;
  window.fetch = client.fetch;
  window.XMLHttpRequest = createProvingXhr(window.XMLHttpRequest, client);
  refuseBeacons(client);
  addEventListener('pagehide', () => prover.rest());
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) prover.wake();
  });
}

type SendBeacon = typeof navigator.sendBeacon;

function refuseBeacons({ protection, onProof }: Client): void {
  const { sendBeacon } = navigator as { sendBeacon?: SendBeacon };
  if (sendBeacon === undefined) return;
  navigator.sendBeacon = (...given) => {
    const url = targetUrl(given[0]);
    if (url === null || protection.treatmentOf(url, true) !== 'prove') {
      return sendBeacon.apply(navigator, given);
    }
    onProof({ state: 'refused', path: url.pathname, by: 'beacon' });
    return false;
  };
}
