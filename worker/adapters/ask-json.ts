// Asks a server that the policy names for one JSON document: within a time, up to a size, and
// without following it anywhere else. What is not such an answer is told in a word.

import { decodeUtf8, parseStrictJson } from '../../core/json.ts';
import { err, type Result } from '../../core/result.ts';
import { readBody } from './read-bounded.ts';

/** A caller is waiting. */
export const ANSWER_MS_MAX = 2_000;
const JSON_LIMITS = { depthMax: 8, keysMax: 4_096 };

export async function askJson(
  url: string | URL,
  bytesMax: number,
  init: RequestInit = {},
): Promise<Result<unknown, string>> {
  try {
    const answer = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      return err(`status ${String(answer.status)}`);
    }
    const body = await readBody(answer, bytesMax);
    if (body.kind !== 'whole') return err(body.kind);
    const text = decodeUtf8(body.bytes);
    const json = text.ok ? parseStrictJson(text.value, JSON_LIMITS) : text;
    return json.ok ? json : err('not-json');
  } catch (cause) {
    return err((cause as Error).name);
  }
}
