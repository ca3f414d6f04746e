// On which line of a policy's file the place of an error stands, by a reading of the object literal
// that knows brackets, strings and comments and no more. Where a name, a spread or a call stands
// between, it says the last line that it is sure of, or none: a wrong line is worse than no line.

/** `routes[2].models` and `routes.2.models` as steps. */
export const stepsOf = (path: string): readonly string[] =>
  path === 'policy' ? [] : path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');

/** Where something begins whose slash is no division. */
const BEFORE_REGEX = /[(,=:[!&|?{};\n]\s*$/;

/** The index behind the string, template, comment or expression that begins here; else the same. */
function behindOpaque(text: string, at: number): number {
  const rest = text.slice(at, at + 2);
  if (rest === '//') return endOf(text, '\n', at);
  if (rest === '/*') return endOf(text, '*/', at + 2);
  const [first = ''] = rest;
  if (first === '/' && BEFORE_REGEX.test(text.slice(Math.max(0, at - 40), at))) {
    const [found = ''] =
      /^\/(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\\[])+\/[a-z]*/.exec(text.slice(at)) ?? [];
    return at + found.length;
  }
  return first !== '' && `'"\``.includes(first) ? behindString(text, at, first) : at;
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function behindString(text: string, at: number, quote: string): number {
  for (let next = at + 1; next < text.length; next += 1) {
    if (text[next] === '\\') next += 1;
    else if (text[next] === quote) return next + 1;
    else if (quote === '`' && text.startsWith('${', next)) {
      next = behindBrackets(text, next + 1) - 1;
    }
  }
  return text.length;
}

/** The index behind the bracket that closes the one that opens here. */
function behindBrackets(text: string, at: number): number {
  let depth = 0;
  for (let next = at; next < text.length;) {
    const after = behindOpaque(text, next);
    if (after > next) {
      next = after;
      continue;
    }
    if ('([{'.includes(text[next] ?? '')) depth += 1;
    else if (')]}'.includes(text[next] ?? '') && (depth -= 1) === 0) return next + 1;
    next += 1;
  }
  return text.length;
}

/** The next character that is neither blank nor comment. */
function solid(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1;
    if (text[at] !== '/' || !'/*'.includes(text[at + 1] ?? ' ')) return at;
    at = behindOpaque(text, at);
  }
}

type Item = { readonly key: string | null; readonly at: number; readonly valueAt: number };

const KEY = /^(?:([A-Za-z_$][\w$]*|\d+)|'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)")\s*(:)?/;

/** What stands between the brackets that open here; a spread has no key. */
function itemsIn(text: string, open: number): readonly Item[] {
  const items: Item[] = [];
  const isArray = text[open] === '[';
  const end = behindBrackets(text, open) - 1;
  for (let at = solid(text, open + 1); at < end; at = solid(text, at)) {
    const isSpread = text.startsWith('...', at);
    const [whole = '', name, single, double, colon] = KEY.exec(text.slice(at, at + 300)) ?? [];
    const key = isArray ? String(items.length) : (name ?? single ?? double ?? null);
    const valueAt = isArray ? at : colon === undefined ? at : solid(text, at + whole.length);
    items.push({ key: isSpread ? null : key, at, valueAt });
    while (at < end && text[at] !== ',') {
      const after = behindOpaque(text, at);
      at = after > at ? after : '([{'.includes(text[at] ?? '') ? behindBrackets(text, at) : at + 1;
    }
    at += 1;
  }
  return items;
}

/** The object that the file exports, if it is written there and nowhere else. */
function rootOf(text: string): number | null {
  const found = [...text.matchAll(/(?:^|\n)export default (?:definePolicy\(\s*)?\{/g)];
  const [match] = found;
  return match === undefined || found.length > 1 ? null : match.index + match[0].length - 1;
}

/** The item of this key, if nothing that is spread can stand in its place. */
function itemOf(items: readonly Item[], key: string, isArray: boolean): Item | undefined {
  const at = items.findLastIndex((item) => item.key === key);
  const others = isArray ? items.slice(0, at) : items.slice(at + 1);
  return at < 0 || others.some((item) => item.key === null) ? undefined : items[at];
}

/** `sentence`: the name of an unknown key stands in it, in quotes. */
export function lineOf(text: string, path: string, sentence = ''): number | null {
  const root = rootOf(text);
  if (root === null || behindBrackets(text, root) >= text.length) return null;
  let sure = root;
  let valueAt = root;
  const lost = /^Unrecognized key: "([^"]+)"/.exec(sentence)?.[1];
  for (const step of [...stepsOf(path), ...(lost === undefined ? [] : [lost])]) {
    if (!'[{'.includes(text[valueAt] ?? ' ')) break;
    const item = itemOf(itemsIn(text, valueAt), step, text[valueAt] === '[');
    if (item === undefined) break;
    sure = item.at;
    ({ valueAt } = item);
  }
  return text.slice(0, sure).split('\n').length;
}
