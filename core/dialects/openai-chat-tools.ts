// The tools of a Chat Completions request, as a closed schema: functions and custom tools, which
// the caller runs. A tool of any other type would be run by the provider, and is not one of these.

import * as z from 'zod';
import { name } from './openai-chat-messages.ts';

const TOOLS_MAX = 128;
const GRAMMAR_CHARS_MAX = 65_536;

const jsonObject = z.record(z.string(), z.unknown());

const functionDefinition = z.strictObject({
  name,
  description: z.string().optional(),
  parameters: jsonObject.optional(),
  strict: z.boolean().nullish(),
});

const customFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({
    type: z.literal('grammar'),
    grammar: z.strictObject({
      definition: z.string().max(GRAMMAR_CHARS_MAX),
      syntax: z.enum(['lark', 'regex']),
    }),
  }),
]);

const tool = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('function'), function: functionDefinition }),
  z.strictObject({
    type: z.literal('custom'),
    custom: z.strictObject({
      name,
      description: z.string().optional(),
      format: customFormat.optional(),
    }),
  }),
]);

const named = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name }) }),
  z.strictObject({ type: z.literal('custom'), custom: z.strictObject({ name }) }),
]);

const allowed = z.strictObject({
  type: z.literal('allowed_tools'),
  allowed_tools: z.strictObject({
    mode: z.enum(['auto', 'required']),
    tools: z.array(named).max(TOOLS_MAX),
  }),
});

const toolChoice = z.union([z.enum(['none', 'auto', 'required']), named, allowed]);

export const toolFields = {
  tools: z.array(tool).max(TOOLS_MAX).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: z.array(functionDefinition).max(TOOLS_MAX).nullish(),
  function_call: z.union([z.enum(['none', 'auto']), z.strictObject({ name })]).nullish(),
};

export const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name,
      description: z.string().optional(),
      schema: jsonObject.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);
