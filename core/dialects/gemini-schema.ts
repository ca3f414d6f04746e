// The closed schema of a Gemini request in one spelling (ai.google.dev/api/generate-content,
// @google/genai 3.1). What it does not know it refuses; what chooses another model, goes on with a
// kept answer or keeps this one is refused in a sentence.

import * as z from 'zod';

const CONTENTS_MAX = 2_000;
const PARTS_MAX = 1_000;
const TOOLS_MAX = 16;
const FUNCTIONS_MAX = 128;
const CANDIDATES_MAX = 8;
const STOPS_MAX = 16;
const LABELS_MAX = 64;
const TOKENS_MAX = 1_000_000;
const DATA_CHARS_MAX = 8_388_608;

const name = z.string().min(1).max(256);
const id = z.string().max(256).optional();
const jsonObject = z.record(z.string(), z.unknown());

/** Known, and never let through: null says the same as nothing. */
const never = (sentence: string) => z.null({ error: sentence }).optional();

/** Dearer ones are not measured. */
const resolution = z.enum([
  'MEDIA_RESOLUTION_UNSPECIFIED',
  'MEDIA_RESOLUTION_LOW',
  'MEDIA_RESOLUTION_MEDIUM',
  'MEDIA_RESOLUTION_HIGH',
]);

/**
 * Of RFC 4648 §4 or §5: the package for Python writes the second. By its first stray character: no
 * pattern that could go back over megabytes.
 */
function isEitherBase64(data: string): boolean {
  if (data === '' || data.length % 4 !== 0) return false;
  const stray = data.search(/[^A-Za-z0-9+/_-]/);
  return stray < 0 || /^={1,2}$/.test(data.slice(stray));
}

const inlineData = z.strictObject({
  mimeType: z
    .string()
    .max(128)
    .regex(/^[a-z0-9.+-]+\/[a-zA-Z0-9.+-]+(?:\s*;.*)?$/, 'This is not a media type.')
    // `audio/L16;rate=1` would say that two bytes are a second.
    .refine((type) => !/;.*\brate\b/i.test(type), { error: 'Send it in a container of its own.' })
    .refine((type) => !type.startsWith('video/'), {
      error: 'How long a video is cannot be told from its bytes; it is not offered.',
    }),
  data: z
    .string()
    .max(DATA_CHARS_MAX)
    .refine(isEitherBase64, { error: 'Write it as base64, without line ends.' }),
  displayName: z.string().max(256).optional(),
});

const fileData = z.strictObject({
  mimeType: z.string().max(128).optional(),
  fileUri: z.string().min(1).max(8_192),
  displayName: z.string().max(256).optional(),
});

const functionCall = z.strictObject({ id, name, args: jsonObject.nullish() });
const functionResponse = z.strictObject({
  id,
  name,
  response: jsonObject.optional(),
  parts: z
    .array(z.strictObject({ inlineData: inlineData.optional(), fileData: fileData.optional() }))
    .max(PARTS_MAX)
    .optional(),
  willContinue: z.boolean().optional(),
  scheduling: z.string().max(32).optional(),
});

const part = z.strictObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  functionCall: functionCall.optional(),
  functionResponse: functionResponse.optional(),
  inlineData: inlineData.optional(),
  fileData: fileData.optional(),
  executableCode: z
    .strictObject({ id, language: z.string().max(32).optional(), code: z.string().optional() })
    .optional(),
  codeExecutionResult: z
    .strictObject({ id, outcome: z.string().max(64).optional(), output: z.string().optional() })
    .optional(),
  /** Of tools that the provider ran in an earlier turn. */
  toolCall: jsonObject.optional(),
  toolResponse: jsonObject.optional(),
  mediaResolution: z.strictObject({ level: resolution }).optional(),
});

const content = z.strictObject({
  role: z.enum(['user', 'model', 'function', 'system']).optional(),
  parts: z.array(part).max(PARTS_MAX),
});

const functionDeclaration = z.strictObject({
  name,
  description: z.string().optional(),
  parameters: jsonObject.nullish(),
  parametersJsonSchema: jsonObject.nullish(),
  response: jsonObject.nullish(),
  responseJsonSchema: jsonObject.nullish(),
  behavior: z.string().max(32).optional(),
});

const serverTool = jsonObject.nullish();

export const SERVER_TOOLS = [
  'googleSearch',
  'googleSearchRetrieval',
  'googleMaps',
  'enterpriseWebSearch',
  'urlContext',
  'codeExecution',
  'computerUse',
  'fileSearch',
  'retrieval',
] as const;

const tool = z.strictObject({
  functionDeclarations: z.array(functionDeclaration).max(FUNCTIONS_MAX).nullish(),
  googleSearch: serverTool,
  googleSearchRetrieval: serverTool,
  googleMaps: serverTool,
  enterpriseWebSearch: serverTool,
  urlContext: serverTool,
  codeExecution: serverTool,
  computerUse: serverTool,
  fileSearch: serverTool,
  retrieval: serverTool,
  mcpServers: never('Servers of tools may not be named for the provider to call.'),
});

/** The API also takes a single object where a list is meant. */
const tools = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : value,
  z.array(tool).max(TOOLS_MAX),
);

const toolConfig = z.strictObject({
  functionCallingConfig: z
    .strictObject({
      mode: z.string().max(32).optional(),
      allowedFunctionNames: z.array(name).max(FUNCTIONS_MAX).optional(),
      streamFunctionCallArguments: z.boolean().optional(),
    })
    .optional(),
  retrievalConfig: jsonObject.optional(),
  includeServerSideToolInvocations: z.boolean().optional(),
});

const probability = z.number().min(-2).max(2).optional();

const generationConfig = z.strictObject({
  maxOutputTokens: z.int().min(1).max(TOKENS_MAX).optional(),
  candidateCount: z.int().min(1).max(CANDIDATES_MAX).optional(),
  stopSequences: z.array(z.string().max(1_024)).max(STOPS_MAX).optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().min(0).max(1_000_000).optional(),
  seed: z.int().optional(),
  presencePenalty: probability,
  frequencyPenalty: probability,
  responseLogprobs: z.boolean().optional(),
  logprobs: z.int().min(0).max(20).optional(),
  responseMimeType: z.string().max(128).optional(),
  responseSchema: jsonObject.optional(),
  responseJsonSchema: jsonObject.optional(),
  responseModalities: z
    .array(z.enum(['TEXT', 'IMAGE', 'AUDIO']))
    .min(1)
    .max(3)
    .optional(),
  mediaResolution: resolution.optional(),
  speechConfig: jsonObject.optional(),
  imageConfig: jsonObject.optional(),
  thinkingConfig: z
    .strictObject({
      includeThoughts: z.boolean().optional(),
      /** −1: as much as the model likes, within the ceiling. */
      thinkingBudget: z.int().min(-1).max(TOKENS_MAX).optional(),
      thinkingLevel: z.string().max(32).optional(),
    })
    .optional(),
  modelSelectionConfig: never('The model is the one that stands in the path.'),
  routingConfig: never('The model is the one that stands in the path.'),
});

export const geminiRequest = z.strictObject({
  contents: z.array(content).min(1).max(CONTENTS_MAX),
  systemInstruction: content.nullish(),
  generationConfig: generationConfig.nullish(),
  tools: tools.nullish(),
  toolConfig: toolConfig.nullish(),
  safetySettings: z
    .array(
      z.strictObject({
        category: z.string().max(64),
        threshold: z.string().max(64).optional(),
        method: z.string().max(64).optional(),
      }),
    )
    .max(32)
    .nullish(),
  cachedContent: z.string().min(1).max(512).nullish(),
  /** Stripped: the standard tier, and nothing in somebody else's accounts. */
  serviceTier: z.string().max(32).nullish(),
  labels: z
    .record(z.string().max(64), z.string().max(256))
    .refine((labels) => Object.keys(labels).length <= LABELS_MAX, { error: 'Too many labels.' })
    .nullish(),
  store: z.literal(false, { error: 'Nothing may be kept by the provider: write false.' }).nullish(),
  modelSelectionConfig: never('The model is the one that stands in the path.'),
  routingConfig: never('The model is the one that stands in the path.'),
  continuationToken: never('An answer that the provider keeps may not be gone on with here.'),
});

export type GeminiRequest = z.infer<typeof geminiRequest>;
