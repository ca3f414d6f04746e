// What checking one proof costs inside workerd, taken from outside as the slope between few and
// many checks in one request; and that whatever is unsigned or unsolved costs no ledger call and no
// subrequest, counted in the gateway itself.

import { randomBytes } from 'node:crypto';
import { inRoot } from '../local/paths.ts';
import { newKey, provenRequest, startGateway } from './gateway.ts';
import { load } from './load.ts';
import type { Provider } from './provider.ts';
import type { Row } from './row.ts';
import { BODY, progress, type Size } from './subject.ts';

const KINDS = [
  ['work', 'µs to check a proof: k = 32, work', 300],
  ['device', 'µs to check a proof: k = 32, work and device signature', 300],
  ['ahead', 'µs to check a proof: k = 32, solved ahead and signed', 300],
  ['forged', 'µs to refuse a forged MAC', 30],
  // A thousand microseconds is what one of a flood of them may cost.
  ['issue', 'µs to answer for a challenge, whole gateway', 1_000],
] as const;

async function elapsedMs(port: number, kind: string, times: number): Promise<number> {
  const startedAt = performance.now();
  const what = kind === 'issue' ? 'issue?' : `check?kind=${kind}&`;
  const url = `http://127.0.0.1:${String(port)}/_bench/${what}times=${String(times)}`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${kind}: ${String(response.status)} ${await response.text()}`);
  await response.text();
  return performance.now() - startedAt;
}

/** µs of one check: what more checks add, so that what surrounds them does not count. */
async function microsecondsOf(port: number, kind: string, times: number): Promise<number> {
  const few = await elapsedMs(port, kind, Math.ceil(times / 10));
  const many = await elapsedMs(port, kind, times + Math.ceil(times / 10));
  return (1_000 * (many - few)) / times;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the mean, squared. */
function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.map((value) => (value - centre) ** 2);
  return squares.reduce((sum, value) => sum + value, 0) / (values.length - 1) / values.length;
}

/**
 * Welch's t between refusing a tag that is wrong at its first character and one that is wrong near
 * its last, in alternating turns. Below 4.5 the two cannot be told apart.
 */
async function tagTiming(port: number, size: Size): Promise<Row> {
  const first: number[] = [];
  const late: number[] = [];
  for (let turn = 0; turn < size.timings; turn += 1) {
    for (const [kind, values] of turn % 2 === 0
      ? ([
          ['forged', first],
          ['forged-late', late],
        ] as const)
      : ([
          ['forged-late', late],
          ['forged', first],
        ] as const)) {
      values.push(await elapsedMs(port, kind, Math.ceil(size.checks / 4)));
    }
  }
  const t = (mean(first) - mean(late)) / Math.sqrt(standardError(first) + standardError(late));
  return {
    name: '|t|, a tag wrong at its first against its last characters',
    goal: { most: 4.5 },
    values: [Math.abs(t)],
  };
}

type Counts = { readonly objectCalls: number; readonly subrequests: number };

async function countsOf(port: number): Promise<Counts> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/_bench/counts`);
  return (await response.json()) as Counts;
}

const other = (letter: string): string => (letter === 'A' ? 'B' : 'A');

/** Four kinds of junk, the last of them a genuine challenge whose work was not done. */
function junk(key: { id: string; key: string }, index: number): Buffer {
  const honest = provenRequest(key, BODY).toString('latin1');
  const kinds = [
    () => honest.replace(/Inference-Proof: .*\r\n/, ''),
    () => honest.replace(/Inference-Proof: .*\r\n/, 'Inference-Proof: c="x"\r\n'),
    () => honest.replace(/(c="[^".]*\.)(.)/, (_, head: string, tag: string) => head + other(tag)),
    () => honest.replace(/w=:[^:]*:/, `w=:${randomBytes(256).toString('base64')}:`),
  ];
  return Buffer.from((kinds[index % kinds.length] ?? kinds[0])?.() ?? '', 'latin1');
}

/** Refused to the last, and what that cost; then one good call, so that zero means something. */
async function costOfJunk(port: number, count: number): Promise<readonly Row[]> {
  const key = await newKey(port);
  const before = await countsOf(port);
  const requests = Array.from({ length: count }, (_, index) => junk(key, index));
  let at = 0;
  const { statuses } = await load(port, 4, () => requests[at++] ?? null);
  const passed = [...statuses].filter(([status]) => status !== 401 && status !== 403);
  if (passed.length > 0) throw new Error(`junk was answered ${JSON.stringify(passed)}`);
  const after = await countsOf(port);
  let sent = false;
  const honest = await load(port, 1, () => {
    if (sent) return null;
    sent = true;
    return provenRequest(key, BODY);
  });
  const counted = await countsOf(port);
  if (!honest.statuses.has(200) || counted.objectCalls === after.objectCalls) {
    throw new Error('the good call behind the junk was not counted');
  }
  const name = (what: string): string =>
    `${what} for ${String(count)} unsigned or unsolved requests`;
  return [
    {
      name: name('ledger calls'),
      goal: { most: 0 },
      values: [after.objectCalls - before.objectCalls],
    },
    {
      name: name('subrequests'),
      goal: { most: 0 },
      values: [after.subrequests - before.subrequests],
    },
  ];
}

export async function proofChecks(
  provider: Provider,
  folder: string,
  rounds: number,
  size: Size,
): Promise<Row[]> {
  progress(`checks of a proof, ${String(size.checks)} at a time`);
  const gateway = await startGateway(provider.url, folder, {
    policyFile: inRoot('bench/policy.ts'),
    entryFile: inRoot('bench/counting/proofs.ts'),
  });
  try {
    const rows: Row[] = [];
    for (const [kind] of KINDS) await microsecondsOf(gateway.port, kind, size.checks);
    for (const [kind, name, most] of KINDS) {
      const values: number[] = [];
      for (let round = 0; round < Math.max(3, rounds); round += 1) {
        values.push(await microsecondsOf(gateway.port, kind, size.checks));
      }
      rows.push({ name, goal: { most }, values });
    }
    rows.push(await tagTiming(gateway.port, size));
    return [...rows, ...(await costOfJunk(gateway.port, size.junk))];
  } finally {
    await gateway.stop();
  }
}
