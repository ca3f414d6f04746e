// Which origins are previews: by the very characters that a browser writes. What breaks if this
// fails: a stranger's page, under a name that only looks like ours, reads what visitors are
// answered and spends their budget.

import { describe, expect, it } from 'vitest';
import { previewOf } from '../../core/policy/previews.ts';

const previews = [
  { id: 'pages', suffix: '.app.pages.dev' },
  { id: 'staging', suffix: '.preview.example' },
];
const idOf = (origin: string | null): string | null => previewOf(previews, origin)?.id ?? null;

const LONGEST_LABEL = 'a'.repeat(63);

describe('a page of a preview', () => {
  it.each([
    ['one label', 'https://pr-7.preview.example', 'staging'],
    ['two labels', 'https://pr-7.web.preview.example', 'staging'],
    ['digits', 'https://42.preview.example', 'staging'],
    ['the longest label', `https://${LONGEST_LABEL}.preview.example`, 'staging'],
    [
      'a name in punycode, which a browser writes for letters',
      'https://xn--bcher-kva.preview.example',
      'staging',
    ],
    ['its own suffix', 'https://0a1b2c3d.app.pages.dev', 'pages'],
  ])('is known by %s', (_what, origin, id) => {
    expect(idOf(origin)).toBe(id);
  });
});

const STRANGERS: readonly (readonly [what: string, origin: string | null])[] = [
  ['no origin', null],
  ['an empty one', ''],
  ['the null origin', 'null'],
  ['everybody', '*'],
  ['another scheme', 'http://pr-7.preview.example'],
  ['a scheme in capitals', 'HTTPS://pr-7.preview.example'],
  ['a scheme of an extension', 'chrome-extension://pr-7.preview.example'],
  ['nothing before the suffix', 'https://preview.example'],
  ['an empty label', 'https://.preview.example'],
  ['two dots', 'https://pr-7..preview.example'],
  ['a name that ends like the suffix', 'https://evil-preview.example'],
  ['the suffix before the end', 'https://pr-7.preview.example.evil.example'],
  ['the suffix as a path', 'https://evil.example/.preview.example'],
  ['the suffix as a query', 'https://evil.example?.preview.example'],
  ['the suffix as a fragment', 'https://evil.example#.preview.example'],
  ['the suffix behind a backslash', 'https://evil.example\\.preview.example'],
  ['a name before an @', 'https://pr-7.preview.example@evil.example'],
  ['an @ before the suffix', 'https://evil@pr-7.preview.example'],
  ['a password', 'https://a:b@pr-7.preview.example'],
  ['a port', 'https://pr-7.preview.example:8443'],
  ['the usual port, which no browser writes', 'https://pr-7.preview.example:443'],
  ['a port before the suffix', 'https://evil.example:1.preview.example'],
  ['a last dot', 'https://pr-7.preview.example.'],
  ['a last slash', 'https://pr-7.preview.example/'],
  ['capitals', 'https://PR-7.preview.example'],
  ['a suffix in capitals', 'https://pr-7.PREVIEW.example'],
  ['letters beyond ASCII', 'https://bücher.preview.example'],
  ['a full-width dot', 'https://evil．preview.example'],
  ['an ideographic dot', 'https://evil。preview.example'],
  ['a Cyrillic suffix', 'https://pr-7.рreview.example'],
  ['a blank', 'https://pr-7.preview.example '],
  ['a line end', 'https://pr-7.preview.example\n'],
  ['a line end before it', 'https://evil.example\nx.preview.example'],
  ['a tab', 'https://pr\t7.preview.example'],
  ['a NUL', 'https://evil\0.preview.example'],
  ['an underscore', 'https://_dmarc.preview.example'],
  ['a hyphen first', 'https://-x.preview.example'],
  ['a hyphen last', 'https://x-.preview.example'],
  ['a percent sign', 'https://x%2e.preview.example'],
  ['a label that is too long', `https://${LONGEST_LABEL}a.preview.example`],
  ['a host that is too long', `https://${`${LONGEST_LABEL}.`.repeat(4)}preview.example`],
  ['two origins', 'https://a.preview.example, https://b.preview.example'],
];

describe('a page of anybody else', () => {
  it.each(STRANGERS)('with %s is no preview', (_what, origin) => {
    expect(idOf(origin)).toBeNull();
  });

  it('is taken for one by whoever only looks at the end', () => {
    const naive = (origin: string | null): boolean => origin?.endsWith('preview.example') === true;
    expect(STRANGERS.filter(([, origin]) => naive(origin)).length).toBeGreaterThan(10);
  });

  it('is told in time that does not grow with its square', () => {
    const startMs = performance.now();
    for (const origin of [
      `https://${'a-'.repeat(25_000)}.preview.example`,
      `https://${'a.'.repeat(25_000)}preview.example`,
    ]) {
      expect(idOf(origin)).toBeNull();
    }
    expect(performance.now() - startMs).toBeLessThan(100);
  });
});
