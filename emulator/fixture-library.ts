/**
 * Finds one recorded transcript by its name in the manifest, and what its reader says it cost.
 * It serves nothing that the manifest does not list, and refuses files above FIXTURE_BYTES_MAX.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, parseObject } from './json-record.ts';
import type { JsonObject } from './json-record.ts';
import { readRecordedUsage } from './recorded-usage.ts';
import type { RecordedUsage } from './recorded-usage.ts';
import { ScriptRefusal } from './script-fields.ts';

export async function loadFixture(directory: string, id: string): Promise<Fixture> {
  const entry = (await readManifest(directory)).find((candidate) => candidate['file'] === id);
  if (entry === undefined) {
    throw new ScriptRefusal(404, `The fixtures folder's manifest has no file "${id}".`);
  }
  const recorded = await readFile(join(directory, id)).catch(() => undefined);
  if (recorded === undefined || recorded.length > FIXTURE_BYTES_MAX) {
    throw new ScriptRefusal(404, `The fixture "${id}" is listed but missing or too large.`);
  }
  const { dialect } = entry;
  const body = id.endsWith('.chunks.jsonl') ? frameLines(recorded, dialect) : recorded;
  const jsonBody = id.endsWith('.json');
  const contentType = entry['content_type'];
  const status = entry['status'];
  return {
    status: typeof status === 'number' ? status : 200,
    contentType: typeof contentType === 'string' ? contentType : defaultContentType(jsonBody),
    body,
    pieces: jsonBody ? [body] : splitEvents(body),
    usage: readRecordedUsage(dialect, entry['expected']),
  };
}

export type Fixture = {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** The body cut after every event; a JSON body is one piece. */
  readonly pieces: readonly Buffer[];
  /** Undefined where the recording carries no usage. */
  readonly usage: RecordedUsage | undefined;
};

const FIXTURE_BYTES_MAX = 4 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

async function readManifest(directory: string): Promise<JsonObject[]> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
  } catch {
    const sentence = 'There is no fixtures folder with a manifest.json where this emulator looks.';
    throw new ScriptRefusal(404, sentence);
  }
  const fixtures = isObject(manifest) ? manifest['fixtures'] : undefined;
  return Array.isArray(fixtures) ? fixtures.filter(isObject) : [];
}

function defaultContentType(jsonBody: boolean): string {
  return jsonBody ? 'application/json' : 'text/event-stream; charset=utf-8';
}

/** One event a line, the provider's own framing put back. */
function frameLines(recorded: Buffer, dialect: unknown): Buffer {
  const lines = recorded.toString('utf8').split('\n');
  const events = lines.filter((line) => line !== '').map((line) => frameLine(line, dialect));
  return Buffer.from(events.join(''));
}

function frameLine(line: string, dialect: unknown): string {
  if (dialect === 'gemini') return `data: ${line}\r\n\r\n`;
  const isNamed = dialect === 'anthropic' || dialect === 'openai-responses';
  const type = isNamed ? parseObject(line)?.['type'] : undefined;
  return `${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${line}\n\n`;
}

/** Cuts after every blank line, LF or CRLF; the pieces joined are exactly the body. */
function splitEvents(body: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let pieceStart = 0;
  let lineStart = 0;
  for (let index = 0; index < body.length; index += 1) {
    if (body[index] !== LINE_FEED) continue;
    const lineBytes = index - lineStart;
    const blank = lineBytes === 0 || (lineBytes === 1 && body[lineStart] === CARRIAGE_RETURN);
    lineStart = index + 1;
    if (!blank) continue;
    pieces.push(body.subarray(pieceStart, lineStart));
    pieceStart = lineStart;
  }
  if (pieceStart < body.length) pieces.push(body.subarray(pieceStart));
  return pieces;
}
