// The script tag as the gateway writes it. What breaks if this fails: something in a policy or in a
// header of the origin becomes markup of its pages.

import { describe, expect, it } from 'vitest';
import { clientTag, isClientSource } from '../../../core/page/client-tag.ts';

const WISH = { protect: ['/api/chat', '/v1/x'], paths: ['/'], prepare: null };

describe('the script tag', () => {
  it('names what is protected, when to prepare, and the nonce of the page', () => {
    expect(clientTag(WISH, null)).toBe(
      '<script src="/_weighbridge/client.js" data-protect="/api/chat /v1/x"></script>',
    );
    expect(clientTag({ ...WISH, prepare: 'load' }, 'abc')).toBe(
      '<script src="/_weighbridge/client.js" data-protect="/api/chat /v1/x" data-prepare="load"' +
        ' nonce="abc"></script>',
    );
  });

  it('has no value that ends before its quotation mark', () => {
    const tag = clientTag({ ...WISH, protect: [`/"><script>'&`] }, '"x=\'<');
    expect(tag).toContain('data-protect="/&quot;&gt;&lt;script&gt;&#39;&amp;"');
    expect(tag).toContain('nonce="&quot;x=&#39;&lt;"');
  });

  it.each([
    ['/_weighbridge/client.js', true],
    ['https://gateway.example/_weighbridge/client.js?v=1#x', true],
    [' /_weighbridge/client.js ', true],
    ['/_weighbridge/client.json', false],
    ['/other.js?/_weighbridge/client.js', false],
    ['', false],
  ])('is recognised by its source: %j', (source, expected) => {
    expect(isClientSource(source)).toBe(expected);
  });
});
