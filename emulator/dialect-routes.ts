/**
 * Which path speaks which dialect. It refuses to guess: a path that is not here is unknown, and
 * Gemini's path must have the form that Google documents.
 */
import { ANTHROPIC_COUNT_TOKENS, ANTHROPIC_MESSAGES } from './anthropic/messages.ts';
import type { Dialect } from './dialect.ts';
import { GEMINI_VERBS } from './gemini/gemini.ts';
import { chatDialect } from './openai/chat.ts';
import { OPENAI_CHAT } from './openai/chat-server.ts';
import { COMPATIBLE_SERVERS } from './openai/compatible-servers.ts';
import { OPENAI_COMPLETIONS } from './openai/completions.ts';
import { OPENAI_EMBEDDINGS } from './openai/embeddings.ts';
import { OPENAI_IMAGES } from './openai/images.ts';
import { OPENAI_RESPONSES } from './openai/responses.ts';
import { OPENAI_SPEECH } from './openai/speech.ts';
import { OPENAI_TRANSCRIPTION } from './openai/transcription.ts';

export type ProviderRoute = {
  readonly dialect: Dialect;
  readonly modelInPath: string | undefined;
};

export function findRoute(path: string): ProviderRoute | undefined {
  const dialect = DIALECTS.get(path);
  if (dialect !== undefined) return { dialect, modelInPath: undefined };
  const [, model, verb] = GEMINI_PATH.exec(path) ?? [];
  const gemini = verb === undefined ? undefined : GEMINI_VERBS[verb];
  return gemini === undefined ? undefined : { dialect: gemini, modelInPath: decoded(model ?? '') };
}

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ...[OPENAI_CHAT, ...COMPATIBLE_SERVERS].flatMap((server) =>
    server.paths.map((path): [string, Dialect] => [path, chatDialect(server)]),
  ),
  ['/v1/completions', OPENAI_COMPLETIONS],
  ['/v1/responses', OPENAI_RESPONSES],
  ['/v1/embeddings', OPENAI_EMBEDDINGS],
  ['/v1/images/generations', OPENAI_IMAGES],
  ['/v1/audio/speech', OPENAI_SPEECH],
  ['/v1/audio/transcriptions', OPENAI_TRANSCRIPTION],
  ['/v1/messages', ANTHROPIC_MESSAGES],
  ['/v1/messages/count_tokens', ANTHROPIC_COUNT_TOKENS],
]);

const GEMINI_PATH =
  /^\/v1(?:beta|alpha)?\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens)$/;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
