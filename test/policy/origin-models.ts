// How two kinds of origin read a path, written from their own descriptions and sharing nothing
// with the gateway: nginx's `location` (decode once, merge slashes, resolve dots on the decoded
// text) and a WHATWG URL parser, with or without an application that decodes what it is given.

const HEX = /^[0-9a-fA-F]{2}$/;

/** nginx: one decoding, in which `%2f` is a slash and `%3f` no delimiter. Null: refused. */
export function nginxPath(raw: string): string | null {
  let decoded = '';
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw.charAt(at);
    if (character === '?' || character === '#') break;
    if (character !== '%') {
      decoded += character;
      continue;
    }
    const hex = raw.slice(at + 1, at + 3);
    if (!HEX.test(hex) || hex === '00') return null;
    decoded += String.fromCharCode(Number.parseInt(hex, 16));
    at += 2;
  }
  const out: string[] = [];
  for (const segment of decoded.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') out.push(segment);
    else if (out.pop() === undefined) return null;
  }
  return `/${out.join('/')}`;
}

/** A URL parser's `pathname` as a router compares it: without a last slash, in lower case. */
export function urlPath(raw: string, how: 'as it is' | 'decoded'): string | null {
  const plain = (path: string): string => path.replace(/\/+$/, '').toLowerCase();
  try {
    const { pathname } = new URL(`http://origin.example${raw}`);
    if (how === 'as it is') return plain(pathname);
    return plain(new URL(`http://origin.example${decodeURIComponent(pathname)}`).pathname);
  } catch {
    return null;
  }
}
