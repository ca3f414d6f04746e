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
  readonly frames: Iterable<AnswerFrame>;
  /** How many frames of the whole answer are chunks. */
  readonly chunkCount: number;
};

/** A frame of framing only: a role, a finish reason, a usage report, the end mark. */
export function plainFrame(bytes: string): AnswerFrame {
  return { bytes, outputTokens: 0, isChunk: false, isPaced: false };
}

/** The frames up to half of the chunks, then half the bytes of the next one that has any. */
export function* cutInHalf(answer: Answer): Generator<AnswerFrame> {
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
