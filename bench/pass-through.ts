// What a path that nothing protects costs for going through the gateway: CPU of its process beside
// that of a Worker which only fetches, in turns, asked for a page of the same origin.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildWorker } from '../local/build.ts';
import { inRoot } from '../local/paths.ts';
import { startWorkerd, type Workerd } from '../local/workerd.ts';
import { startGateway } from './gateway.ts';
import { load, median } from './load.ts';
import { cpuMsBetween, threadsMs } from './process-cpu.ts';
import type { Row } from './row.ts';
import { progress, type Size } from './subject.ts';

const CPU_MS_ADDED_MAX = 0.1;
const CONNECTIONS = 4;
const TURNS = 7;

/** A page of a shop, asked for as a browser does. */
const request = (originPort: number): Buffer =>
  Buffer.from(
    [
      'GET /shop/shoes/brown-leather?size=43 HTTP/1.1',
      `Host: 127.0.0.1:${String(originPort)}`,
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0',
      'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'Accept-Language: en-GB,en;q=0.5',
      'Cookie: session=4f0c2d9e8b7a6c5d; theme=dark',
      '\r\n',
    ].join('\r\n'),
  );

async function startOrigin(): Promise<{ readonly port: number; stop(): void }> {
  const child = spawn(process.execPath, [inRoot('bench/page-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill());
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error('the origin ended before it served'));
    });
    createInterface({ input: child.stdout }).once('line', (line) => {
      resolve(Number(line));
    });
  });
  return { port, stop: () => void child.kill() };
}

type Through = { readonly port: number; readonly pid: number };

async function cpuMsEach({ port, pid }: Through, bytes: Buffer, count: number): Promise<number> {
  let left = count;
  const before = await threadsMs(pid);
  const { statuses } = await load(port, CONNECTIONS, () => (left-- > 0 ? bytes : null));
  const spent = cpuMsBetween(before, await threadsMs(pid));
  if (statuses.get(200) !== count) throw new Error(JSON.stringify([...statuses]));
  return spent / count;
}

export async function passThroughRows(
  providerUrl: string,
  folder: string,
  rounds: number,
  size: Size,
): Promise<Row[]> {
  progress('paths that nothing protects');
  const origin = await startOrigin();
  const workerFile = join(folder, 'pass', 'index.js');
  await buildWorker({ outputFile: workerFile, entryFile: inRoot('bench/pass-worker.ts') });
  const floor: Workerd = await startWorkerd({
    workerFile,
    port: 0,
    stateDirectory: join(folder, 'pass-state'),
    bindings: {},
    objects: {},
  });
  const policyFile = inRoot('bench/many-routes.ts');
  const gateway = await startGateway(providerUrl, folder, { policyFile }, { isLocal: false });
  try {
    const bytes = request(origin.port);
    for (const through of [floor, gateway]) await cpuMsEach(through, bytes, size.warmup);
    const values: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const added: number[] = [];
      for (let turn = 0; turn < TURNS; turn += 1) {
        const ours = await cpuMsEach(gateway, bytes, size.single);
        const bare = await cpuMsEach(floor, bytes, size.single);
        added.push(ours - bare);
        floors.push(bare);
      }
      values.push(median(added));
    }
    return [
      {
        name: 'gates: a path that nothing protects, CPU ms added',
        goal: { most: CPU_MS_ADDED_MAX },
        values,
      },
      {
        name: 'gates: … CPU ms of a Worker that only fetches',
        goal: null,
        values: [median(floors)],
      },
    ];
  } finally {
    await gateway.stop();
    await floor.stop();
    origin.stop();
  }
}
