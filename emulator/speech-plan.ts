/**
 * What a language model says in one call, whatever the dialect: hidden tokens, then pieces of a
 * token each, cut at the ceiling, with the counts it will report. It refuses to know how any of it
 * is written on the wire.
 */
import type { AskedAnswer } from './dialect.ts';
import type { BilledInput } from './prices.ts';
import { obeyedCalls } from './obedience.ts';
import type { TokenPiece } from './script-run.ts';
import { toolCallPieces } from './script-run.ts';
import { firstToolCall } from './tool-choice.ts';
import type { OfferedTool } from './tool-choice.ts';
import { tellerOf } from './usage-teller.ts';
import type { Tell } from './usage-teller.ts';

export function planSpeech(
  { run, record, callsBefore, bodyText }: AskedAnswer,
  wish: SpeechWish,
): SpeechPlan {
  const { script } = run;
  const isAlways = script.tool !== undefined && wish.tools.length > 0;
  const usual = isAlways ? firstToolCall(wish.tools) : [];
  const called = script.tool === 'obedient' ? obeyedCalls(bodyText, usual) : usual;
  const wanted = isAlways ? toolCallPieces(called) : piecesFor(run.pieces, wish);
  const unseenThoughts = wish.showsThinking || isAlways ? 0 : thoughtsIn(run.pieces);
  const hiddenWanted = script.reasoningTokens + unseenThoughts;
  const hiddenTokens = Math.min(hiddenWanted, wish.outputTokensMax);
  const room = wish.outputTokensMax - hiddenTokens;
  const said = wanted.length > room ? wanted.slice(0, room) : wanted;
  const isBroken = script.errorMidStream !== false && wish.isStream;
  const pieces = isBroken ? said.slice(0, Math.floor(said.length / 2)) : said;
  const isCut = hiddenWanted + wanted.length > wish.outputTokensMax;
  return {
    id: record.id,
    createdSeconds: Math.floor(record.startedAtMs / 1000),
    choices: wish.choices,
    hiddenTokens,
    pieces,
    ending: isCut ? 'length' : endingOf(script.refusal, wanted),
    refusal: script.refusal,
    breaks: isBroken ? script.errorMidStream : false,
    input: { ...record.units },
    searches: script.searches,
    outputTokens: (hiddenTokens + pieces.length) * wish.choices,
    reasoningTokens: (hiddenTokens + thoughtsIn(pieces)) * wish.choices,
    tell: tellerOf(script.fault, callsBefore),
  };
}

export type SpeechWish = {
  readonly isStream: boolean;
  readonly choices: number;
  /** The most tokens one choice may have, hidden reasoning included. */
  readonly outputTokensMax: number;
  readonly tools: readonly OfferedTool[];
  /** Else thinking is generated out of sight. */
  readonly showsThinking: boolean;
  /** Else a refusal is a stop reason without words. */
  readonly speaksRefusal: boolean;
};

export type SpeechPlan = {
  readonly id: string;
  readonly createdSeconds: number;
  readonly choices: number;
  /** Hidden tokens of each choice, generated before the first visible one. */
  readonly hiddenTokens: number;
  /** Visible tokens of each choice. */
  readonly pieces: readonly TokenPiece[];
  readonly ending: 'stop' | 'length' | 'tools' | 'refusal';
  readonly refusal: string | undefined;
  /** The stream ends in the dialect's error event after these pieces; the second shape of it. */
  readonly breaks: boolean | 'flat';
  readonly input: BilledInput;
  readonly searches: number;
  /** Of all choices together. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Undefined where usage is not to be reported. */
  readonly tell: Tell | undefined;
};

function thoughtsIn(pieces: readonly TokenPiece[]): number {
  return pieces.filter((piece) => piece.kind === 'thinking').length;
}

/** The script's own list where nothing is to be left out of it: it may be long. */
function piecesFor(pieces: readonly TokenPiece[], wish: SpeechWish): readonly TokenPiece[] {
  const drops = (kind: TokenPiece['kind']) =>
    (kind === 'thinking' && !wish.showsThinking) || (kind === 'refusal' && !wish.speaksRefusal);
  return pieces.some((piece) => drops(piece.kind))
    ? pieces.filter((piece) => !drops(piece.kind))
    : pieces;
}

function endingOf(
  refusal: string | undefined,
  pieces: readonly TokenPiece[],
): SpeechPlan['ending'] {
  if (refusal !== undefined) return 'refusal';
  return pieces.some((piece) => piece.kind === 'tool-start') ? 'tools' : 'stop';
}

export type SpokenToolCall = { readonly name: string; readonly argumentsText: string };

/** The whole of what was said, for answers in one piece. */
export function wholeSpeech(pieces: readonly TokenPiece[]): WholeSpeech {
  const said = { thinking: '', content: '', refusal: '' };
  const names: string[] = [];
  const argumentTexts: string[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'tool-start') names[piece.callIndex] = piece.name;
    else if (piece.kind === 'tool-arguments') {
      argumentTexts[piece.callIndex] = (argumentTexts[piece.callIndex] ?? '') + piece.text;
    } else said[piece.kind] += piece.text;
  }
  const toolCalls = names.map((name, index) => ({
    name,
    argumentsText: argumentTexts[index] ?? '',
  }));
  return { ...said, toolCalls };
}

export type WholeSpeech = {
  readonly thinking: string;
  readonly content: string;
  readonly refusal: string;
  readonly toolCalls: readonly SpokenToolCall[];
};
