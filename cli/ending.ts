// How a verb ends that did not get what it was asked for, by the exit code that scripts rely on.
// Everything else that is thrown is a fault of ours.

/** 0 done · 1 a finding, or a refusal · 2 not a command of ours · 3 nobody answers. */
export type ExitCode = 0 | 1 | 2 | 3;

export class Ending extends Error {
  override name = 'Ending';
  readonly code: ExitCode;
  /** The status of the gateway's answer, where there was one. */
  readonly status: number | null;

  constructor(code: ExitCode, sentence: string, status: number | null = null) {
    super(sentence);
    this.code = code;
    this.status = status;
  }
}

export const refused = (sentence: string, status: number | null = null): Ending =>
  new Ending(1, sentence, status);

export const misused = (sentence: string): Ending => new Ending(2, sentence);

export const unreachable = (sentence: string): Ending => new Ending(3, sentence);
