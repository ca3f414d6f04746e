// What every official client is asked to do, in one shape, so that one set of tests holds for all
// of them. An adapter only calls its package; it reads nothing that the package did not give it.

export type Told = {
  readonly text: string;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  /** In the package's own word. */
  readonly finish: string | null | undefined;
};

export type ToolCall = { readonly name: string; readonly input: unknown };

export type Client = {
  readonly model: string;
  ask(model?: string): Promise<Told>;
  stream(signal?: AbortSignal, onPiece?: () => void): Promise<Told>;
  askForTools(): Promise<readonly ToolCall[]>;
  streamTools(): Promise<readonly ToolCall[]>;
};

export type ClientKind = {
  readonly name: string;
  /** How the package says that an answer was cut at its ceiling. */
  readonly lengthWord: string;
  /** A stream that the gateway ends because the provider died is an exception. */
  readonly throwsOnError: boolean;
  readonly make: (gatewayUrl: string, key: string) => Client;
};

export const PROMPT = 'hello';

export const WEATHER_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const }, days: { type: 'number' as const } },
};
