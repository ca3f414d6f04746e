/**
 * One script in force: what was prepared from it once, how many calls it has had, and the gate
 * that holds answers back until enough of them have arrived. It refuses to hold a call after
 * the script was replaced or forgotten.
 */
import type { Fixture } from './fixture-library.ts';
import type { ScriptedToolCall } from './script-fields.ts';
import type { Script } from './script.ts';
import {
  DEFAULT_ANSWER_TOKENS,
  cycleTokens,
  generateWordTokens,
  splitTextTokens,
} from './word-tokens.ts';

export class ScriptRun {
  readonly script: Script;
  readonly fixture: Fixture | undefined;
  /** What each choice says, a token a piece, before any ceiling. */
  readonly pieces: readonly TokenPiece[];
  readonly #enoughArrived: Promise<void>;
  #open: () => void = () => undefined;
  #callsArrived = 0;
  #gateOpen: boolean;

  constructor(script: Script, fixture: Fixture | undefined) {
    this.script = script;
    this.fixture = fixture;
    this.pieces = preparePieces(script);
    this.#gateOpen = script.answerAfterCalls <= 1;
    this.#enoughArrived = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  get spent(): boolean {
    return this.script.times !== undefined && this.#callsArrived >= this.script.times;
  }

  /** Counts one call in; returns how many came before it. */
  arrive(): number {
    this.#callsArrived += 1;
    if (this.#callsArrived >= this.script.answerAfterCalls) this.openGate();
    return this.#callsArrived - 1;
  }

  openGate(): void {
    this.#gateOpen = true;
    this.#open();
  }

  /** What a call has to wait for, or undefined when it may be answered at once. */
  get gate(): Promise<void> | undefined {
    return this.#gateOpen ? undefined : this.#enoughArrived;
  }
}

export type TokenPiece =
  | { readonly kind: 'thinking' | 'content' | 'refusal'; readonly text: string }
  | { readonly kind: 'tool-start'; readonly callIndex: number; readonly name: string }
  | { readonly kind: 'tool-arguments'; readonly callIndex: number; readonly text: string };

/** The pieces of a list of tool calls: the opening is one token, then 4 characters a token. */
export function toolCallPieces(toolCalls: readonly ScriptedToolCall[]): TokenPiece[] {
  const pieces: TokenPiece[] = [];
  for (const [callIndex, toolCall] of toolCalls.entries()) {
    pieces.push({ kind: 'tool-start', callIndex, name: toolCall.name });
    for (const text of splitTextTokens(toolCall.argumentsText)) {
      pieces.push({ kind: 'tool-arguments', callIndex, text });
    }
  }
  return pieces;
}

function preparePieces(script: Script): TokenPiece[] {
  const spoken = (kind: 'thinking' | 'content' | 'refusal', tokens: readonly string[]) =>
    tokens.map((text): TokenPiece => ({ kind, text }));
  return [
    ...spoken('thinking', splitTextTokens(script.thinking ?? '')),
    ...spoken('content', contentTokens(script)),
    ...spoken('refusal', splitTextTokens(script.refusal ?? '')),
    ...toolCallPieces(script.toolCalls),
  ];
}

function contentTokens(script: Script): readonly string[] {
  if (script.text !== undefined) {
    const tokens = splitTextTokens(script.text);
    return script.chunks === undefined ? tokens : cycleTokens(tokens, script.chunks);
  }
  if (script.chunks !== undefined) return generateWordTokens(script.chunks);
  const saysNothing = script.toolCalls.length > 0 || script.refusal !== undefined;
  return saysNothing ? [] : DEFAULT_ANSWER_TOKENS;
}
