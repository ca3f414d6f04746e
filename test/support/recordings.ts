// Recorded provider answers, read from the folder beside the checkout: never copied into it. Where the
// folder is missing the tests that need it are skipped with one line; in CI a missing folder fails.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../local/paths.ts';

export const RECORDINGS_FOLDER =
  process.env['WEIGHBRIDGE_FIXTURES'] ?? inRoot('../shared/fixtures');

export type RecordedUsage = {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly cache_write: number;
  readonly reasoning: number;
};

export type Recording = {
  readonly file: string;
  readonly dialect: string;
  readonly status: number;
  readonly content_type: string | null;
  readonly expected: {
    readonly usage: RecordedUsage | null;
    readonly done: boolean | null;
    readonly error: unknown;
  };
};

const present = existsSync(join(RECORDINGS_FOLDER, 'manifest.json'));

/** For `test.skipIf`: true where the recordings are missing and need not be there. */
export const recordingsMissing = !present && process.env['CI'] !== 'true';

/** Every recording of a dialect; none where the folder is missing outside CI. */
export function recordingsOf(dialect: string): Recording[] {
  if (recordingsMissing) {
    process.stderr.write(`skipped: no recorded transcripts in ${RECORDINGS_FOLDER}\n`);
    return [];
  }
  const manifest = JSON.parse(readFileSync(join(RECORDINGS_FOLDER, 'manifest.json'), 'utf8')) as {
    fixtures: Recording[];
  };
  return manifest.fixtures.filter((recording) => recording.dialect === dialect);
}

/** The body as it went over the wire; where the framing was lost, one event a line again. */
export function recordedBody({ file }: Recording): Buffer {
  const bytes = readFileSync(join(RECORDINGS_FOLDER, file));
  if (!file.endsWith('.jsonl')) return bytes;
  const events = bytes.toString('utf8').split('\n').filter(Boolean);
  return Buffer.from(events.map((event) => `data: ${event}\n\n`).join(''));
}
