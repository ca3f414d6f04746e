/**
 * JSON as Google's servers write it: in events a space after each colon and none after a comma,
 * whole answers indented by two; `<` and `>` always escaped.
 */
export function eventJson(value: unknown): string {
  return escaped(spaced(value));
}

export function indentedJson(value: unknown): string {
  return escaped(JSON.stringify(value, null, 2));
}

const escaped = (json: string): string =>
  json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}: ${spaced(member)}`);
  return `{${members.join(',')}}`;
}
