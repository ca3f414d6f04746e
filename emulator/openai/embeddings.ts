/**
 * POST /v1/embeddings: one vector an input, as floats or as base64 of 32-bit floats. Vectors are
 * made up, of length one, and the same for the same input; they mean nothing.
 */
import { wholeFrames } from '../answer-frame.ts';
import type { Dialect } from '../dialect.ts';
import { isWholeNumber, parseObject } from '../json-record.ts';
import { findPrice, plainInput } from '../prices.ts';
import { tellerOf } from '../usage-teller.ts';
import { countInput } from './input-list.ts';
import { invalidRequest, missingModel, unknownModel, unparsable } from './openai-error.ts';
import { OPENAI_VOICE } from './openai-voice.ts';

export const OPENAI_EMBEDDINGS: Dialect = {
  id: 'openai-embeddings',
  idPrefix: 'embd-',
  voice: OPENAI_VOICE,
  read: ({ body }) => {
    const record = parseObject(body.text);
    if (record === undefined) return unparsable();
    const { model, encoding_format: format = 'float' } = record;
    if (typeof model !== 'string') return missingModel();
    const price = findPrice(model, 'openai', 'embeddings');
    if (price === undefined) return unknownModel(model);
    const input = countInput(record['input']);
    if (input === undefined || input.count > INPUTS_MAX) {
      return invalidRequest("'input' is missing or is not a list of texts or tokens.", 'input');
    }
    const dimensions = record['dimensions'] ?? DIMENSIONS[model] ?? 0;
    if (!isWholeNumber(dimensions, 1, DIMENSIONS_MAX)) {
      const message = `${JSON.stringify(dimensions)} is less than the minimum of 1 - 'dimensions'`;
      return invalidRequest(message);
    }
    return {
      model,
      price,
      input: plainInput(Math.min(input.tokens, body.bodyBytes)),
      answer: ({ run, record: call, callsBefore }) => {
        const tell = tellerOf(run.script.fault, callsBefore);
        const { inputTokens } = call.units;
        const usage = tell && { prompt_tokens: tell(inputTokens), total_tokens: tell(inputTokens) };
        const data = Array.from({ length: input.count }, (_, index) => ({
          object: 'embedding',
          index,
          embedding: embedding(dimensions, index, format === 'base64'),
        }));
        const answer = { object: 'list', data, model, usage };
        return {
          status: 200,
          contentType: 'application/json',
          isStream: false,
          frames: wholeFrames(
            { hidden: 0, visible: 0, tokensEach: 0 },
            () => `${JSON.stringify(answer, null, 2)}\n`,
          ),
          chunkCount: 0,
          outputTokens: 0,
        };
      },
    };
  },
};

const INPUTS_MAX = 2_048;
const DIMENSIONS_MAX = 3_072;
const DIMENSIONS: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 1_536,
  'text-embedding-3-large': 3_072,
};

function embedding(dimensions: number, index: number, isBase64: boolean): string | number[] {
  const vector = new Float32Array(dimensions);
  const size = 1 / Math.sqrt(dimensions);
  for (let at = 0; at < dimensions; at += 1) vector[at] = (at + index) % 2 === 0 ? size : -size;
  if (isBase64) return Buffer.from(vector.buffer).toString('base64');
  return [...vector].map((value) => Number(value.toPrecision(8)));
}
