/**
 * What an answer is made of: bytes to write, the tokens that were generated to write them, and
 * whether the pace lets time pass first. Frames are made lazily; a frame refuses to be undone:
 * once written, its tokens are billed.
 */
export type AnswerFrame = {
  /** Empty for what is generated out of sight: hidden reasoning, or a JSON answer's tokens. */
  readonly bytes: string | Uint8Array;
  readonly outputTokens: number;
  /** One generated chunk, as scripts count them; faults strike after half of these. */
  readonly isChunk: boolean;
  /** The pace's delay passes before this frame. */
  readonly isPaced: boolean;
};

export type Answer = {
  readonly status: number;
  readonly contentType: string;
  /** It is sent as it is generated, in a body of unknown length. */
  readonly isStream: boolean;
  readonly frames: Iterable<AnswerFrame>;
  /** How many frames of the whole answer are chunks. */
  readonly chunkCount: number;
  /** Of the whole answer, hidden ones included. */
  readonly outputTokens: number;
};

export type Frames = Generator<AnswerFrame, void, void>;

/** A frame of framing only: a role, a finish reason, a usage report, the end mark. */
export function plainFrame(bytes: string | Uint8Array): AnswerFrame {
  return { bytes, outputTokens: 0, isChunk: false, isPaced: false };
}

/** What a choice, or all of them together, say in one tick. */
export function chunkFrame(bytes: string | Uint8Array, outputTokens = 1): AnswerFrame {
  return { bytes, outputTokens, isChunk: true, isPaced: true };
}

/** Ticks of generation that nobody sees, each so many tokens. */
export function* hiddenFrames(ticks: number, tokensEach: number): Frames {
  for (let tick = 0; tick < ticks; tick += 1) {
    yield { bytes: '', outputTokens: tokensEach, isChunk: false, isPaced: true };
  }
}

/** An answer in one piece: its tokens are generated at the same pace before it is sent. */
export function* wholeFrames(
  ticks: { readonly hidden: number; readonly visible: number; readonly tokensEach: number },
  body: () => string | Uint8Array,
): Frames {
  yield* hiddenFrames(ticks.hidden, ticks.tokensEach);
  for (let tick = 0; tick < ticks.visible; tick += 1) yield chunkFrame('', ticks.tokensEach);
  yield plainFrame(body());
}

/** The frames up to half of the chunks, then half the bytes of the next one that has any. */
export function* cutInHalf(answer: Answer): Frames {
  const chunksMax = Math.floor(answer.chunkCount / 2);
  let chunks = 0;
  let struck = answer.chunkCount === 0;
  for (const frame of answer.frames) {
    struck ||= frame.isChunk && chunks >= chunksMax;
    if (!struck) {
      if (frame.isChunk) chunks += 1;
      yield frame;
    } else if (frame.bytes.length > 0) {
      const bytes = frame.bytes.slice(0, Math.ceil(frame.bytes.length / 2));
      yield { bytes, outputTokens: 0, isChunk: false, isPaced: frame.isPaced };
      return;
    }
  }
}
