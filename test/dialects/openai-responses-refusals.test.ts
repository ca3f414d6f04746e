// What nobody may ask of the Responses API, and what it does not know: refused by the name of the
// field. Attack: a field that is new, misspelt, or of another dialect, and costs money somewhere.

import { describe, expect, it } from 'vitest';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = { model: 'gpt-5-mini', input: 'hi' };

const denied = (parts: object): Record<string, unknown> => {
  const asked = openaiResponses.readRequest(requestOf({ ...BASE, ...parts }));
  return asked.ok ? { kind: 'accepted' } : { ...asked.error };
};

const user = (...content: readonly object[]): object => ({ input: [{ role: 'user', content }] });
const items = (...input: readonly object[]): object => ({ input });

describe('a request is refused', () => {
  it.each([
    ['max_tokens', 1],
    ['max_completion_tokens', 1],
    ['Max_Output_Tokens', 1],
    ['n', 2],
    ['best_of', 2],
    ['messages', []],
    ['web_search_options', {}],
    ['prediction', {}],
    ['generate', true],
    ['betas', []],
    ['fallbacks', []],
  ])('by the name of %s, which it does not know', (field, value) => {
    expect(denied({ [field]: value })).toEqual({ kind: 'field-unknown', field });
  });

  it.each([
    ['context_management', { context_management: [{ type: 'compaction' }] }],
    ['max_output_tokens', { max_output_tokens: 15 }],
    ['input[0].type', items({ type: 'compaction', id: 'c', encrypted_content: 'g' })],
    ['input[0].type', items({ type: 'compaction_trigger' })],
    ['input[0].type', items({ type: 'configuration_update' })],
    ['input[0].type', items({ type: 'additional_tools', role: 'developer', tools: [] })],
    ['input[0].type', items({ type: 'mcp_approval_response' })],
    ['tools[0].type', { tools: [{ type: 'new_thing' }] }],
    ['tools[0].defer_loading', { tools: [{ type: 'function', name: 'f', defer_loading: true }] }],
    ['input[0].content[0].image_url', user({ type: 'input_image', image_url: 'file:///etc' })],
    [
      'input[0].content[0].image_url',
      user({ type: 'input_image', image_url: 'data:text/plain,hi' }),
    ],
    ['input[0].content[0].file_data', user({ type: 'input_file', file_data: 'data:,plain words' })],
  ])('for %s, in a sentence', (field, parts) => {
    expect(denied(parts)).toMatchObject({ kind: 'shape-refused', field });
  });

  it('for as many items as nobody sends', () => {
    const many = Array.from({ length: 2_001 }, () => ({ role: 'user', content: '' }));
    expect(denied({ input: many })).toMatchObject({ kind: 'shape-refused', field: 'input' });
  });
});
