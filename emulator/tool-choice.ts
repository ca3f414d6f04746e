/**
 * The tool call of a model that always calls: the first tool it was offered, with the least
 * arguments that its schema asks for. It reads a schema to EXAMPLE_DEPTH_MAX levels and invents
 * nothing beyond what is required.
 */
import { isObject } from './json-record.ts';
import type { ScriptedToolCall } from './script-fields.ts';

export type OfferedTool = { readonly name: string; readonly schema: unknown };

export function firstToolCall(tools: readonly OfferedTool[]): ScriptedToolCall[] {
  const [tool] = tools;
  if (tool === undefined) return [];
  const example = exampleOf(tool.schema, 0);
  return [{ name: tool.name, argumentsText: JSON.stringify(isObject(example) ? example : {}) }];
}

const EXAMPLE_DEPTH_MAX = 8;

function exampleOf(schema: unknown, depth: number): unknown {
  if (!isObject(schema) || depth > EXAMPLE_DEPTH_MAX) return {};
  const { enum: choices, type, properties, required } = schema;
  if (Array.isArray(choices)) return choices[0];
  if ('const' in schema) return schema['const'];
  switch (String(Array.isArray(type) ? type[0] : type).toLowerCase()) {
    case 'string':
      return 'salt';
    case 'number':
    case 'integer':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    default: {
      const names: unknown[] = Array.isArray(required) ? required : [];
      const known = isObject(properties) ? properties : {};
      const members = names.map((name) => [
        String(name),
        exampleOf(known[String(name)], depth + 1),
      ]);
      return Object.fromEntries(members) as unknown;
    }
  }
}
