// The recorded transcripts beside the project, with what an independent reader took from each. They
// are read where they lie and never copied. Where they are not, tests that need them say so in one
// line and are skipped; where CI asks for proof they must be there.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';

export type RecordedUsage = {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly cache_write: number;
  readonly reasoning: number;
  readonly audio_in: number;
  readonly audio_out: number;
};

export type Recording = {
  readonly file: string;
  readonly dialect: string;
  readonly format: string;
  readonly status: number;
  readonly content_type: string | null;
  readonly tags: readonly string[];
  readonly request?: string;
  readonly expected: {
    readonly events: number | null;
    readonly error: unknown;
    readonly usage: RecordedUsage | null;
    readonly done?: boolean;
  };
};

export const fixturesDirectory =
  process.env['WEIGHBRIDGE_FIXTURES'] ?? inRoot('../shared/fixtures');
const manifest = join(fixturesDirectory, 'manifest.json');

export const hasRecordings = existsSync(manifest);

/** Call once in a file that needs the recordings. */
export function askForRecordings(what: string): void {
  const required = process.env['CI'] === 'true';
  if (!hasRecordings && !required) console.warn(`skipped, no recordings here: ${what}`);
  it('has its recordings where CI asks for them', () => {
    expect(hasRecordings || !required, `no recordings at ${fixturesDirectory}`).toBe(true);
  });
}

/** Every recording of these dialects; none where there is no folder. */
export function recordings(...dialects: readonly string[]): Recording[] {
  if (!hasRecordings) return [];
  const listed = JSON.parse(readFileSync(manifest, 'utf8')) as { fixtures: Recording[] };
  return listed.fixtures.filter(({ dialect }) => dialects.includes(dialect));
}

export const isStream = (recording: Recording): boolean => !recording.file.endsWith('.json');

/** The body as it went over the wire; where only its events were kept, the framing is put back. */
export function recordedBody(recording: Recording): Uint8Array {
  const bytes = readFileSync(join(fixturesDirectory, recording.file));
  if (!recording.file.endsWith('.jsonl')) return new Uint8Array(bytes);
  const lines = bytes.toString('utf8').split('\n');
  const framed = lines.filter((line) => line !== '').map((line) => framedAs(recording, line));
  return new TextEncoder().encode(framed.join(''));
}

/** As the provider frames its events: Gemini with CRLF, Anthropic and Responses with a name. */
function framedAs({ dialect }: Recording, line: string): string {
  if (dialect === 'gemini') return `data: ${line}\r\n\r\n`;
  if (dialect !== 'anthropic' && dialect !== 'openai-responses') return `data: ${line}\n\n`;
  return `event: ${(JSON.parse(line) as { type: string }).type}\ndata: ${line}\n\n`;
}

/** The request that got this answer, if it was recorded. */
export function recordedRequest(recording: Recording): Record<string, unknown> | null {
  if (recording.request === undefined || recording.request === null) return null;
  const text = readFileSync(join(fixturesDirectory, recording.request), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

/** The bytes in pieces of this many. */
export function inPiecesOf(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}
