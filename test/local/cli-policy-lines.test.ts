// Lines of errors in a policy's file. What breaks if this fails: `check` sends somebody to a line
// that is right, and the wrong one is deployed.

import { describe, expect, it } from 'vitest';
import { lineOf } from '../../cli/policy-lines.ts';

const POLICY = `import { definePolicy } from './policy.ts';

/** export default definePolicy({ realm: 'no' }) */
const SHARED = { proof: 'always' } as const;

export default definePolicy({
  // A brace } in a comment, and 'a quote.
  realm: 'a { in a string',
  providers: [
    { id: 'one', baseUrl: \`https://\${['}', '{'].join('')}\` },
    { id: 'two' /* , id: 'three' */, apiKeySecret: 'X' },
  ],
  routes: [
    { ...SHARED, id: 'chat', path: '/api/chat' },
    {
      id: 'other',
      'path': '/api/other',
      ratio: 4 / 2 / 1,
      pattern: /[/}]\\}/g,
      limits: { ip: [{ window: 'day', usd: '1' }] },
      ...SHARED,
    },
  ],
  limits: {
    model: { "gpt-4.1": [], plain: [] },
  },
  edgeShards: 4,
});
`;

const at = (words: string): number => POLICY.slice(0, POLICY.indexOf(words)).split('\n').length;

describe('the line of an error', () => {
  it.each([
    ['a field', 'realm', "realm: 'a {"],
    ['a field behind a brace in a string', 'edgeShards', 'edgeShards: 4'],
    ['an entry of a list', 'providers[1]', "{ id: 'two'"],
    ['the same as zod writes it', 'providers.1.apiKeySecret', "{ id: 'two'"],
    ['a field behind a template', 'providers[0].baseUrl', "{ id: 'one'"],
    ['a field behind a spread', 'routes[0].path', '{ ...SHARED, id'],
    ['an object whose field is missing', 'limits.key', 'limits: {\n'],
    ['an object that a spread ends', 'routes[1].limits', "{\n      id: 'other'"],
    ['a quoted name', 'limits.model.plain', 'model: {'],
  ])('is that of %s', (_, path, words) => {
    expect(POLICY).toContain(words);
    expect(lineOf(POLICY, path)).toBe(at(words));
  });

  it('is that of the unknown key where a sentence names one', () => {
    expect(lineOf(POLICY, 'limits', 'Unrecognized key: "model"')).toBe(at('model: {'));
  });

  it('is the object’s where a spread behind the field may replace it', () => {
    // A search for the name, as a naive reading does it, finds the wrong one.
    expect(POLICY.indexOf('/api/other')).toBeGreaterThan(0);
    expect(lineOf(POLICY, 'routes[1].path')).toBe(at("id: 'other'") - 1);
  });

  it('is the list’s where what is spread before it may move it', () => {
    const moved = POLICY.replace("{ id: 'one'", "...MORE,\n    { id: 'one'");
    const lines = moved.slice(0, moved.indexOf('providers: [')).split('\n').length;
    expect(lineOf(moved, 'providers[1].id')).toBe(lines);
  });

  it.each([
    ['what is exported has a name', 'const policy = { realm: 1 };\nexport default policy;\n'],
    ['it is made by a function', 'export default make({ realm: 1 });\n'],
    ['there are two of them', '/*\nexport default {\n};\n*/\nexport default { realm: 1 };\n'],
    ['its brackets do not close', 'export default {\n  realm: "x,\n'],
  ])('is not told where %s', (_, text) => {
    expect(lineOf(text, 'realm')).toBeNull();
  });

  it('is found in a file of 20,000 lines within a second', () => {
    const routes = Array.from({ length: 10_000 }, (_, n) => `    { id: 'r${String(n)}',\n a: 1 },`);
    const text = `export default {\n  routes: [\n${routes.join('\n')}\n  ],\n};\n`;
    const startedAtMs = performance.now();
    expect(lineOf(text, 'routes[9999].a')).toBe(2 + 20_000);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });
});
