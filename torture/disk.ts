// The ledgers as they are on disk, read without asking the gateway: what a machine that lost power
// would find. Files are copied before they are opened, so that looking changes nothing; reading
// what the running gateway has on disk neither wakes an object nor expires anything.

import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type HoldOnDisk = {
  readonly key: string;
  readonly status: string;
  readonly principals: readonly string[];
  readonly amountNanoUsd: number;
  readonly chargedNanoUsd: number;
  readonly leaseEndsAtMs: number;
};

const FOLDER = ['objects', 'weighbridge-PrincipalLedger'] as const;

/** The databases of the objects of API keys, by file name. */
export async function ledgerFiles(stateDirectory: string): Promise<string[]> {
  const folder = join(stateDirectory, ...FOLDER);
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite');
}

/** As much of a hold's row as is looked at here. Read without the code that wrote it. */
type HoldBody = {
  readonly key: string;
  readonly status: string;
  readonly accounts: readonly { readonly principal: string }[];
  readonly amounts: { readonly nanoUsd?: number };
  readonly charged: { readonly nanoUsd?: number };
  readonly leaseEndsAtMs: number;
};

function onDisk(body: string): HoldOnDisk {
  const { key, status, accounts, amounts, charged, leaseEndsAtMs } = JSON.parse(body) as HoldBody;
  return {
    key,
    status,
    principals: accounts.map(({ principal }) => principal),
    amountNanoUsd: amounts.nanoUsd ?? 0,
    chargedNanoUsd: charged.nanoUsd ?? 0,
    leaseEndsAtMs,
  };
}

function readHolds(file: string): HoldOnDisk[] {
  const database = new DatabaseSync(file);
  try {
    const table = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'hold'`).get();
    if (table === undefined) return [];
    const rows = database.prepare('SELECT body FROM hold').all() as { body: string }[];
    return rows.map(({ body }) => onDisk(body));
  } finally {
    database.close();
  }
}

/** Every hold in these ledgers, resolved ones too. */
export async function holdsOnDisk(
  stateDirectory: string,
  files: readonly string[],
): Promise<HoldOnDisk[]> {
  const copies = await mkdtemp(join(tmpdir(), 'weighbridge-disk-'));
  try {
    const holds: HoldOnDisk[] = [];
    for (const file of files) {
      const source = join(stateDirectory, ...FOLDER, file);
      await copyFile(source, join(copies, file));
      const log = `${source}-wal`;
      if (existsSync(log)) await copyFile(log, join(copies, `${file}-wal`));
      holds.push(...readHolds(join(copies, file)));
    }
    return holds;
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}
