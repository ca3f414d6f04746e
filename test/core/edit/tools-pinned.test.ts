// Whatever a request holds, pinned tools are the policy's and nothing else, in what goes up. What
// breaks if this fails: there is a spelling of tools that nobody thought of.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { edit, named, sentOf } from './tooled-dialects.ts';

const anything = fc.oneof(
  fc.constant('weather'),
  fc.constantFrom('web_search', 'function', 'custom', 'evil', null, 7, {}, []),
  fc.string(),
);
const anyTool = fc.oneof(
  fc.record(
    {
      type: fc.constantFrom('function', 'custom', 'web_search', 'web_search_20250305', 'mcp'),
      name: anything,
      function: fc.record({ name: anything }),
      custom: fc.record({ name: anything }),
      input_schema: fc.constant({}),
      functionDeclarations: fc.array(fc.record({ name: anything }), { maxLength: 2 }),
      googleSearch: fc.constant({}),
    },
    { requiredKeys: [] },
  ),
  anything,
);
const anyTools = fc.oneof(fc.array(anyTool, { maxLength: 4 }), anyTool);
const more = fc.record(
  {
    tools: anyTools,
    functions: anyTools,
    tool_choice: fc.oneof(anyTool, fc.constant('auto')),
    function_call: anyTool,
    web_search_options: fc.constant({}),
    toolConfig: fc.record({
      functionCallingConfig: fc.record({ allowedFunctionNames: fc.array(anything) }),
    }),
    tool_config: fc.constant({}),
  },
  { requiredKeys: [] },
);

test.each(named.filter(([, { dialect }]) => dialect.family !== 'ui'))(
  '%s: whatever a request holds, pinned throws nothing and sends the policy’s tools alone',
  (_id, tooled) => {
    let passed = 0;
    const rules = { tools: { callers: 'pinned', names: ['search', 'weather'] } } as const;
    fc.assert(
      fc.property(more, (fields) => {
        const { tools: _own, ...json } = tooled.request([]);
        const own = Object.entries(fields).filter(([field]) => tooled.fields.includes(field));
        const request = { ...json, ...Object.fromEntries(own) };
        const pinned = edit(tooled, request, rules);
        const sent = pinned.ok ? sentOf(tooled, pinned.value.json) : null;
        if (sent === null) return;
        passed += 1;
        expect(tooled.toolsSent(sent)).toEqual(['search', 'weather']);
      }),
      { numRuns: 500 },
    );
    expect(passed).toBeGreaterThan(0);
  },
);
