// What stands behind a Gemini route's path: the model, what is done with it, and how the answer is
// framed. Read once, strictly, and written anew: nothing of it is passed on as it came.

import { err, ok, type Result } from '../result.ts';

/** For matching a path to its route; without the query. */
export const GEMINI_TARGET =
  /^\/([A-Za-z0-9][A-Za-z0-9._-]{0,127}):(generateContent|streamGenerateContent|countTokens)$/;

export type GeminiTarget = {
  readonly model: string;
  readonly verb: 'generateContent' | 'streamGenerateContent' | 'countTokens';
  /** Events, and not one long array. */
  readonly isEvents: boolean;
};

const KEY_IN_QUERY =
  'Keys in addresses end up in logs. Send it in the header x-goog-api-key, and change this one.';

const FORMAT = 'Only alt=sse and alt=json may stand here, and only one of them.';

export function readGeminiTarget(target: string): Result<GeminiTarget, string> {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  if (/(?:^|&)(?:key|access_token)=/i.test(query)) return err(KEY_IN_QUERY);
  const [, model, verb] = GEMINI_TARGET.exec(path) ?? [];
  if (model === undefined || verb === undefined) {
    return err('Write it as /{model}:generateContent, :streamGenerateContent or :countTokens.');
  }
  const isStream = verb === 'streamGenerateContent';
  if (query !== '' && query !== 'alt=json' && !(query === 'alt=sse' && isStream)) {
    return err(FORMAT);
  }
  return ok({ model, verb: verb as GeminiTarget['verb'], isEvents: query === 'alt=sse' });
}

export const writeGeminiTarget = ({ model, verb, isEvents }: GeminiTarget): string =>
  `/${model}:${verb}${isEvents ? '?alt=sse' : ''}`;
