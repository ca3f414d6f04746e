// How a path can be spelled so that some server takes it for the plain one, as the bytes of a
// request line: a character is a byte. And the ways to ask that say one method and mean another.

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const percent = (letter: string): string => `%${letter.charCodeAt(0).toString(16)}`;
const fullWidth = (letter: string): string =>
  bytesOf(String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Of `/first/last`; `host` is for the form with a whole URL in the request line. */
export function spellingsOf(first: string, last: string, host: string): readonly string[] {
  const [letter, rest] = [first.charAt(0), first.slice(1)];
  return [
    `/${first}/${last}`,
    `//${first}/${last}`,
    `/${first}//${last}`,
    `/./${first}/${last}`,
    `/%2e/${first}/${last}`,
    `/x/../${first}/${last}`,
    `/x/%2e%2e/${first}/${last}`,
    `/${first}/${last}/`,
    `/${first.toUpperCase()}/${last}`,
    `/${first}/${capital(last)}`,
    `/${first}%2f${last}`,
    `/${first}%2F${last}`,
    `/${first}\\${last}`,
    `/${first}%5c${last}`,
    `/${percent(letter)}${rest}/${last}`,
    `/${first}/${percent(last.charAt(0))}${last.slice(1)}`,
    `/%25${percent(letter).slice(1)}${rest}/${last}`,
    `/${first}/${last};a=b`,
    `/${first};a=b/${last}`,
    `/${first}/${last}%00`,
    `/${first}/${last}%20`,
    `/${first}/${last}.json`,
    `/${first}/${last}.`,
    `/%252e%252e/${first}/${last}`,
    `/x/%252e%252e/${first}/${last}`,
    `/${first}/${last}%3Fx=1`,
    `/${first}/${last}#frag`,
    `/${first}/${last}/.`,
    `/${first}/${last}/%2e`,
    `http://${host}/${first}/${last}`,
    `HTTP://elsewhere.example//${first}/${last}`,
    `/${first}/${last}%0d%0aX: y`,
    `\t/${first}/${last}`,
    `/${first}/${last}?%00`,
    `/${fullWidth(letter)}${rest}/${last}`,
    `/${[...Buffer.from(fullWidth(letter), 'latin1')].map((byte) => `%${byte.toString(16)}`).join('')}${rest}/${last}`,
    `/x\\..\\${first}/${last}`,
    `${first}/${last}`,
    `\\${first}/${last}`,
    `/x/..;/${first}/${last}`,
  ];
}

export type Asking = {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
};

export const ASKINGS: readonly Asking[] = [
  { method: 'POST' },
  { method: 'GET' },
  { method: 'HEAD' },
  { method: 'OPTIONS' },
  {
    method: 'OPTIONS',
    headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' },
  },
  { method: 'TRACE' },
  { method: 'PUT' },
  { method: 'post' },
  { method: 'GET', headers: { 'X-HTTP-Method-Override': 'POST' } },
  { method: 'GET', query: '?_method=POST' },
];

/** The request as it is written. */
export const requestText = (
  { method, headers = {}, query = '' }: Asking,
  target: string,
  more: Readonly<Record<string, string>>,
): string => {
  const lines = Object.entries({ 'Content-Length': '0', ...more, ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target}${query} HTTP/1.1\r\n${head}\r\n`;
};

const isGuarded = (path: string): boolean =>
  path === '/api/chat' || path.startsWith('/v1beta/models/');

/** What somebody would write who has not seen any of these. */
export const NAIVE_GUARDS = {
  compares: isGuarded,
  decodesAndFolds: (path: string): boolean => {
    try {
      return isGuarded(decodeURIComponent(path).toLowerCase());
    } catch {
      return true;
    }
  },
} as const;

/** Of a request line's target. */
export const pathOf = (target: string): string => target.replace(/[?#].*$/s, '');
