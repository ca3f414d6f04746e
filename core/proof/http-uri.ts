// Two spellings of one http address, made equal (RFC 3986, 6.2.2 and 6.2.3): case of scheme and
// host, the scheme's own port, an empty path, escapes of what needs none. Query and fragment are
// left away, as RFC 9449 (4.3) compares. A path with dot segments is not of any route and stays as
// it is.

const URI =
  /^(https?):\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{0,5}))?(\/[^?#]*)?(?:\?[^#]*)?(?:#.*)?$/i;
const UNRESERVED = /^[A-Za-z0-9._~-]$/;
const OWN_PORT: Readonly<Record<string, string>> = { http: '80', https: '443' };

const plainEscape = (escape: string): string => {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return UNRESERVED.test(character) ? character : escape.toUpperCase();
};

/** Null for what is no http address, and for one that names a user. */
export function normalHttpUri(text: string): string | null {
  const match = URI.exec(text);
  if (match === null) return null;
  const [, scheme = '', host = '', port = '', path = '/'] = match;
  const lower = scheme.toLowerCase();
  const shownPort = port === '' || port === OWN_PORT[lower] ? '' : `:${port}`;
  const plainPath = path.replace(/%[0-9a-f]{2}/gi, plainEscape);
  return `${lower}://${host.toLowerCase()}${shownPort}${plainPath}`;
}
