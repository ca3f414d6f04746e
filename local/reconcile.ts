// `npm run reconcile`: what a provider's export says against what the ledger says, to the
// nano-dollar. Reads files and asks the gateway; what is compared and how is in `core/reconcile`.
// Ends with 0 if both say the same, 1 if not, 2 if it could not be told. Never sends the admin
// token over plain HTTP to another machine, nor after a redirect.

import { readFile, stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { priceOf } from '../core/pricing/catalog.ts';
import { compare, type Comparison } from '../core/reconcile/compare.ts';
import { isDay } from '../core/reconcile/day.ts';
import { type ExportError, quoted, TEXT_CHARS_MAX } from '../core/reconcile/export.ts';
import { type ExportFile, type Exports, readExports } from '../core/reconcile/index.ts';
import { readStatements, type Statement } from '../core/reconcile/statement.ts';
import { comparisonTable } from '../core/reconcile/table.ts';

const HELP = `Usage: npm run reconcile -- --provider openai|anthropic --export FILE [options]

  --provider NAME       whose export it is, and whose statements are compared
  --export FILE         a usage or cost export, JSON or CSV (may be given several times)
  --gateway URL         asks this gateway for its statements
  --token TOKEN         its admin token; else WEIGHBRIDGE_ADMIN_TOKEN, which no process list shows
  --ours FILE           reads the statements from a file instead
  --from DAY --to DAY   first and last UTC day, such as 2026-11-21 (default: the export's)
  --alias THEIRS=OURS   a model the export names otherwise (may be given several times)
  --json                the comparison as JSON; nano-dollars are texts, because they may be large
  --help                this

Ends with 0 if both sides say the same, 1 if they differ, 2 if it could not be told.
`;

const GATEWAY_TIMEOUT_MS = 30_000;
const SHOWN_ERRORS_MAX = 60;
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Something the caller of this command has to put right, in sentences. */
class BadInput extends Error {
  override name = 'BadInput';
}

type Options = {
  readonly provider: string;
  readonly exports: readonly string[];
  readonly gateway: URL | null;
  readonly token: string;
  readonly ours: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly aliases: ReadonlyMap<string, string>;
  readonly json: boolean;
};

function flags() {
  try {
    return parseArgs({
      options: {
        provider: { type: 'string' },
        export: { type: 'string', multiple: true, default: [] },
        gateway: { type: 'string' },
        token: { type: 'string' },
        ours: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        alias: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new BadInput(cause instanceof Error ? cause.message : String(cause));
  }
}

function gatewayOf(text: string, wrong: string[]): URL | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    wrong.push(`--gateway ${text} is not an http or https URL`);
    return null;
  }
  if (url.protocol === 'http:' && !LOCAL_HOSTS.has(url.hostname)) {
    wrong.push('--gateway has to be https: the admin token would travel in the clear');
  }
  return url;
}

function aliasesOf(texts: readonly string[], wrong: string[]): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const text of texts) {
    const [theirs = '', ours = '', ...rest] = text.split('=');
    if (theirs === '' || ours === '' || rest.length > 0) {
      wrong.push(`--alias ${text} is not THEIRS=OURS`);
    } else if (aliases.has(theirs)) wrong.push(`--alias names ${theirs} twice`);
    else aliases.set(theirs, ours);
  }
  return aliases;
}

function options(): Options | null {
  const given = flags();
  if (given.help) return null;
  const wrong: string[] = [];
  const provider = given.provider ?? '';
  if (provider !== 'openai' && provider !== 'anthropic') {
    wrong.push('--provider has to be openai or anthropic');
  }
  if (given.export.length === 0) wrong.push('--export FILE is missing');
  if ((given.gateway === undefined) === (given.ours === undefined)) {
    wrong.push('give either --gateway URL or --ours FILE');
  }
  const gateway = given.gateway === undefined ? null : gatewayOf(given.gateway, wrong);
  const token = given.token ?? process.env['WEIGHBRIDGE_ADMIN_TOKEN'] ?? '';
  if (gateway !== null && !/^[\x21-\x7e]+$/.test(token)) {
    wrong.push('--gateway needs --token or WEIGHBRIDGE_ADMIN_TOKEN');
  }
  for (const name of ['from', 'to'] as const) {
    const day = given[name];
    if (day !== undefined && !isDay(day)) wrong.push(`--${name} ${day} is not a day: 2026-11-21`);
  }
  const [from, to] = [given.from ?? null, given.to ?? null];
  if (from !== null && to !== null && from > to) wrong.push('--from is after --to');
  const aliases = aliasesOf(given.alias, wrong);
  if (wrong.length > 0) throw new BadInput(wrong.join('\n'));
  const { ours = null, json } = given;
  return { provider, exports: given.export, gateway, token, ours, from, to, aliases, json };
}

function complain(errors: readonly ExportError[]): never {
  const lines = errors.map(({ file, where, sentence }) => `${file}: ${where}: ${sentence}`);
  const unsaid = lines.length - SHOWN_ERRORS_MAX;
  const more = unsaid > 0 ? [`and ${String(unsaid)} more`] : [];
  throw new BadInput([...lines.slice(0, SHOWN_ERRORS_MAX), ...more].join('\n'));
}

async function readText(file: string): Promise<string> {
  // Four bytes are the longest a character can be.
  const BYTES_MAX = TEXT_CHARS_MAX * 4;
  try {
    const { size } = await stat(file);
    if (size > BYTES_MAX) throw new BadInput(`${file}: is larger than ${String(BYTES_MAX)} bytes`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (cause) {
    if (cause instanceof BadInput) throw cause;
    const why = cause instanceof TypeError ? 'is not UTF-8' : String(cause);
    throw new BadInput(`${file}: ${why}`);
  }
}

async function readProviderFiles(chosen: Options): Promise<Exports> {
  const files: ExportFile[] = [];
  for (const name of chosen.exports) files.push({ name, text: await readText(name) });
  const read = readExports(files);
  if (!read.ok) return complain(read.error);
  const other = read.value.rows.find((row) => row.provider !== chosen.provider);
  if (other !== undefined) {
    throw new BadInput(`an export is of ${other.provider}, not of ${chosen.provider}`);
  }
  return read.value;
}

/** The answer's text, and not a character more than we would read. */
async function askGateway(chosen: Options, gateway: URL, from: string, to: string) {
  const url = new URL('/_weighbridge/admin/statements', gateway);
  url.search = new URLSearchParams({ from, to }).toString();
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${chosen.token}` },
    redirect: 'error',
    signal: AbortSignal.timeout(GATEWAY_TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new BadInput(`the gateway at ${gateway.origin} does not answer: ${String(cause)}`);
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    const hint = answer.status === 401 || answer.status === 403 ? ': is the token right?' : '';
    throw new BadInput(`the gateway answers ${String(answer.status)} at ${url.pathname}${hint}`);
  }
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length > TEXT_CHARS_MAX) throw new Error('it is too long: ask for fewer days');
    }
  } catch (cause) {
    throw new BadInput(`the gateway's answer could not be read: ${String(cause)}`);
  }
  return text + decoder.decode();
}

async function readOurs(chosen: Options, from: string, to: string): Promise<readonly Statement[]> {
  const [name, text] =
    chosen.gateway === null
      ? [chosen.ours ?? '', await readText(chosen.ours ?? '')]
      : [chosen.gateway.origin, await askGateway(chosen, chosen.gateway, from, to)];
  const read = readStatements(name, text.replace(/^\uFEFF/, ''));
  return read.ok
    ? read.value.filter((one) => one.provider === chosen.provider)
    : complain(read.error);
}

const aboutDays = ({ days }: Exports): string =>
  days === null ? 'no day' : `${days.from} to ${days.to}`;

const asJson = (from: string, to: string, notes: readonly string[], result: Comparison): string =>
  JSON.stringify(
    { from, to, notes, ...result },
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  );

async function main(): Promise<number> {
  const chosen = options();
  if (chosen === null) {
    process.stdout.write(HELP);
    return 0;
  }
  const exports = await readProviderFiles(chosen);
  const from = chosen.from ?? exports.days?.from;
  const to = chosen.to ?? exports.days?.to;
  if (from === undefined || to === undefined) {
    throw new BadInput('the export is about no day at all: say --from and --to');
  }
  const ours = await readOurs(chosen, from, to);
  const result = compare(ours, exports.rows, priceOf, { aliases: chosen.aliases, from, to });
  if (chosen.json) {
    process.stdout.write(`${asJson(from, to, exports.notes, result)}\n`);
    return result.equal ? 0 : 1;
  }
  const { statements, rows } = result.leftOut;
  const left = `${String(statements)} of our statements and ${String(rows)} rows of the export`;
  const heading = [
    `${chosen.provider}, ${from} to ${to} UTC; the export is about ${aboutDays(exports)}`,
    ...(statements + rows > 0 ? [`Outside these days: ${left}.`] : []),
    ...exports.notes,
  ];
  process.stdout.write(`${heading.join('\n')}\n\n${comparisonTable(result)}`);
  return result.equal ? 0 : 1;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (cause: unknown) => {
    const known = cause instanceof BadInput;
    process.stderr.write(
      `${known ? cause.message : `reconcile broke: ${quoted(String(cause))}`}\n`,
    );
    process.exitCode = 2;
  },
);
