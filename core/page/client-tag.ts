// The script tag that puts a page's calls under protection, as the gateway writes it into pages of
// an origin that knows nothing of it. ASCII only, so that it reads the same in every charset that
// the page may be in.

import type { InjectClient } from '../policy/policy.ts';

const CLIENT_PATH = '/_weighbridge/client.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
  '<': '&lt;',
  '>': '&gt;',
};

const attribute = (name: string, value: string): string =>
  ` ${name}="${value.replace(/[&"'<>]/g, (char) => ENTITIES[char] ?? '')}"`;

export const clientTag = ({ protect, prepare }: InjectClient, nonce: string | null): string =>
  [
    '<script',
    attribute('src', CLIENT_PATH),
    attribute('data-protect', protect.join(' ')),
    prepare === null ? '' : attribute('data-prepare', prepare),
    nonce === null ? '' : attribute('nonce', nonce),
    '></script>',
  ].join('');

/** Is this the `src` of a tag that does the same? */
export const isClientSource = (source: string): boolean =>
  (source.trim().split(/[?#]/, 1)[0] ?? '').endsWith(CLIENT_PATH);
