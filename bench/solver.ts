// Our solver against what npm offers, hashes a second on one thread: every variant in a fresh
// process, in alternating order, so that what disturbs the machine disturbs them all.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildSolver } from '../local/build-solver.ts';
import { inRoot } from '../local/paths.ts';
import { median } from './load.ts';
import type { Row } from './row.ts';
import { progress, type Size } from './subject.ts';

const OURS = ['simd', 'scalar', 'script'] as const;
const PUBLISHED = ['hash-wasm', '@cap.js/wasm', '@noble/hashes'] as const;
const VARIANTS = [...OURS, ...PUBLISHED];

export type SolverVariant = (typeof VARIANTS)[number];

type Speeds = Readonly<Record<SolverVariant, number>>;

async function megahashesPerSecond(variant: SolverVariant, milliseconds: number): Promise<number> {
  const args = ['--disable-warning=ExperimentalWarning', inRoot('bench', 'solver-variant.ts')];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...args,
    variant,
    String(milliseconds),
  ]);
  return Number(stdout);
}

/** Each variant once, the first one last in every second turn. */
async function turnOf(turn: number, milliseconds: number): Promise<Speeds> {
  const speeds = new Map<SolverVariant, number>();
  for (const variant of turn % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
    speeds.set(variant, await megahashesPerSecond(variant, milliseconds));
  }
  return Object.fromEntries(speeds) as Speeds;
}

const bestPublished = (speeds: Speeds): number =>
  Math.max(...PUBLISHED.map((variant) => speeds[variant]));

export async function solverRows(rounds: number, size: Size): Promise<Row[]> {
  progress('solver, each variant in a process of its own');
  await buildSolver();
  const turnsOfRounds: Speeds[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const turns: Speeds[] = [];
    for (let turn = 0; turn < size.solverTurns; turn += 1) {
      turns.push(await turnOf(turn, size.solverMilliseconds));
    }
    turnsOfRounds.push(turns);
  }
  const row = (name: string, least: number | null, of: (speeds: Speeds) => number): Row => ({
    name: `solver: ${name}`,
    goal: least === null ? null : { least },
    values: turnsOfRounds.map((turns) => median(turns.map(of))),
  });
  return [
    row('SIMD, × the best of npm', 3, (speeds) => speeds.simd / bestPublished(speeds)),
    row('without SIMD, × the best of npm', 1, (speeds) => speeds.scalar / bestPublished(speeds)),
    row('SIMD, × plain script', null, (speeds) => speeds.simd / speeds.script),
    ...VARIANTS.map((variant) =>
      row(`${variant}, million hashes/s a thread`, null, (speeds) => speeds[variant]),
    ),
  ];
}
