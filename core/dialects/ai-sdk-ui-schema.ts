// What `useChat` sends to an app's own route, as a closed schema: messages of the AI SDK 5 to 7 in
// parts (ai 7.0.173, `UIMessage`), and those of version 4. What an app itself adds beside
// `messages` is named by its route.

import * as z from 'zod';

const MESSAGES_MAX = 2_000;
const PARTS_MAX = 1_000;
const ATTACHMENTS_MAX = 100;
const ID_CHARS_MAX = 256;
const URL_CHARS_MAX = 8_388_608;

const id = z.string().max(ID_CHARS_MAX);
const name = z.string().min(1).max(ID_CHARS_MAX);
const url = z.string().min(1).max(URL_CHARS_MAX);
const json = z.unknown();
const metadata = { providerMetadata: json.optional() };
const state = z.enum(['streaming', 'done']).optional();

const media = {
  filename: z.string().max(1_024).optional(),
  /** A file that a provider keeps. */
  providerReference: z.record(z.string().max(64), z.string().max(1_024)).optional(),
  ...metadata,
};

/** The states of a call say which of these are there; the app's own SDK looks at that. */
const toolFields = {
  toolCallId: id,
  title: z.string().max(1_024).optional(),
  toolMetadata: json.optional(),
  dynamic: z.boolean().optional(),
  state: z.enum([
    'input-streaming',
    'input-available',
    'approval-requested',
    'approval-responded',
    'output-available',
    'output-error',
    'output-denied',
  ]),
  input: json.optional(),
  rawInput: json.optional(),
  inputEncoding: z.enum(['json', 'text']).optional(),
  output: json.optional(),
  errorText: z.string().optional(),
  preliminary: z.boolean().optional(),
  providerExecuted: z.boolean().optional(),
  callProviderMetadata: json.optional(),
  resultProviderMetadata: json.optional(),
  approval: json.optional(),
};

const filePart = z.strictObject({ type: z.literal('file'), mediaType: name, url, ...media });

const steered = z.union([
  z.strictObject({ type: z.literal('text'), text: z.string(), ...metadata }),
  filePart,
]);

/** Parts that version 4 writes in another way. */
const oldParts = [
  z.strictObject({ type: z.literal('reasoning'), reasoning: z.string(), details: json.optional() }),
  z.strictObject({
    type: z.literal('tool-invocation'),
    toolInvocation: z.strictObject({
      state: z.enum(['partial-call', 'call', 'result']),
      step: z.int().min(0).optional(),
      toolCallId: id,
      toolName: name,
      args: json.optional(),
      result: json.optional(),
    }),
  }),
  z.strictObject({ type: z.literal('source'), source: json }),
  z.strictObject({ type: z.literal('file'), mimeType: name, data: url }),
] as const;

const part = z.union([
  z.strictObject({
    type: z.literal('text'),
    text: z.string(),
    citations: json.optional(),
    state,
    ...metadata,
  }),
  z.strictObject({
    type: z.literal('reasoning'),
    id: id.optional(),
    text: z.string(),
    state,
    ...metadata,
  }),
  z.strictObject({ type: z.literal('custom'), kind: name, ...metadata }),
  z.strictObject({
    type: z.literal('source-url'),
    sourceId: id,
    url: z.string(),
    title: z.string().optional(),
    ...metadata,
  }),
  z.strictObject({
    type: z.literal('source-document'),
    sourceId: id,
    mediaType: name,
    title: z.string(),
    filename: z.string().optional(),
    ...metadata,
  }),
  filePart,
  z.strictObject({ type: z.literal('reasoning-file'), mediaType: name, url, ...metadata }),
  z.strictObject({
    type: z.literal('steering-message'),
    id,
    parts: z.array(steered).max(PARTS_MAX),
  }),
  z.strictObject({ type: z.literal('step-start') }),
  z.strictObject({ type: z.literal('dynamic-tool'), toolName: name, ...toolFields }),
  ...oldParts,
  z.strictObject({ type: z.string().regex(/^tool-(?!invocation$).{1,128}$/), ...toolFields }),
  z.strictObject({
    type: z.string().regex(/^data-.{1,128}$/),
    id: id.optional(),
    data: json,
  }),
]);

/** Of version 4, beside the parts. */
const attachment = z.strictObject({
  name: z.string().max(1_024).optional(),
  contentType: z.string().max(256).optional(),
  url,
});

const message = z.strictObject({
  id: id.optional(),
  role: z.enum(['system', 'user', 'assistant', 'data']),
  metadata: json.optional(),
  parts: z.array(part).max(PARTS_MAX).optional(),
  content: z.string().optional(),
  createdAt: z.string().max(64).optional(),
  reasoning: z.string().optional(),
  experimental_attachments: z.array(attachment).max(ATTACHMENTS_MAX).optional(),
  data: json.optional(),
  annotations: json.optional(),
  toolInvocations: json.optional(),
  revisionId: id.optional(),
});

const fields = {
  id: id.optional(),
  messages: z.array(message).min(1).max(MESSAGES_MAX),
  trigger: z.enum(['submit-message', 'regenerate-message']).optional(),
  messageId: id.optional(),
  metadata: json.optional(),
  data: json.optional(),
};

export type UiMessage = z.infer<typeof message>;
export type UiPart = z.infer<typeof part>;
export type UiRequest = Readonly<Record<string, unknown>> & {
  readonly messages: readonly UiMessage[];
};

/** The schema of a route that lets these fields of its app's own pass. */
export const uiRequest = (extraFields: readonly string[]): z.ZodType<UiRequest> =>
  z.strictObject({
    ...Object.fromEntries(extraFields.map((field) => [field, json.optional()])),
    ...fields,
  }) as unknown as z.ZodType<UiRequest>;
