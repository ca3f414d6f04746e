// The three engines: each finds the first counter there is, all find the same one, and whatever of
// WebAssembly is missing, refused or broken, another engine takes over. The judge is Node's own
// SHA-256.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { assert as holds, constantFrom, integer, property, uint8Array } from 'fast-check';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Counter, type Engine, openEngine } from '../../client/solver-engine.ts';
import { createScriptEngine } from '../../client/solver-engine-script.ts';
import { createWasmEngine } from '../../client/solver-engine-wasm.ts';
import { solveShare } from '../../client/solve-share.ts';
import { checkWork } from '../../core/proof/work.ts';
import type { Bytes } from '../../core/bytes.ts';
import { buildSolver } from '../../local/build-solver.ts';

let binaries: { simd: Bytes; scalar: Bytes };
let engines: readonly Engine[] = [];

beforeAll(async () => {
  const files = await buildSolver();
  binaries = {
    simd: new Uint8Array(await readFile(files.simd)),
    scalar: new Uint8Array(await readFile(files.scalar)),
  };
  engines = [
    await createWasmEngine('simd', binaries.simd),
    await createWasmEngine('scalar', binaries.scalar),
    createScriptEngine(),
  ];
});

afterEach(() => vi.unstubAllGlobals());

const seedOf = (byte: number): Bytes => new Uint8Array(32).fill(byte);
const puzzleOf = (byte: number, index: number, bits: number) => ({
  seed: seedOf(byte),
  index,
  bits,
});
type SubPuzzle = ReturnType<typeof puzzleOf>;
const ZERO: Counter = { high: 0, low: 0 };

function zeroBits({ seed, index }: SubPuzzle, { high, low }: Counter): number {
  const message = Buffer.alloc(44);
  message.set(seed);
  message.writeUInt32BE(index, 32);
  message.writeUInt32BE(high, 36);
  message.writeUInt32BE(low, 40);
  return Math.clz32(createHash('sha256').update(message).digest().readUInt32BE(0));
}

/** Looks on, slice by slice, until there is one. */
function find(engine: Engine, puzzle: SubPuzzle, start: Counter): Counter {
  for (let counter = start; ;) {
    const found = engine.search(puzzle, counter, engine.hashesPerLook);
    if (found.solved) return found.counter;
    ({ counter } = found);
  }
}

/** The guarantee itself, so that the mutants below can fail it. */
function findsTheFirst(engine: Engine, puzzle: SubPuzzle, start: Counter): boolean {
  const counter = find(engine, puzzle, start);
  const expected = find(createScriptEngine(), puzzle, start);
  return (
    zeroBits(puzzle, counter) >= puzzle.bits &&
    counter.high === expected.high &&
    counter.low === expected.low
  );
}

describe('every engine', () => {
  test('finds the first counter from zero that solves, whatever the seed, index and bits', () => {
    const puzzles = property(
      uint8Array({ minLength: 32, maxLength: 32 }),
      integer({ min: 0, max: 0xffffffff }),
      integer({ min: 1, max: 12 }),
      (seed, index, bits) => {
        const puzzle = { seed: Uint8Array.from(seed), index, bits };
        return engines.every((engine) => findsTheFirst(engine, puzzle, ZERO));
      },
    );
    holds(puzzles, { numRuns: 60 });
  });

  test('passes over no counter: each is tried once, up to the first that solves', () => {
    const puzzle = puzzleOf(9, 3, 9);
    let low = 0;
    while (zeroBits(puzzle, { high: 0, low }) < 9) low += 1;
    for (const engine of engines) expect(find(engine, puzzle, ZERO)).toEqual({ high: 0, low });
  });

  test('counts on in the high half where the low half ends', () => {
    const starts = property(
      constantFrom(0, 1, 6, 0xfffffffe),
      constantFrom(0xfffffffc, 0xfffffff0, 0xffffff00),
      integer({ min: 0, max: 255 }),
      (high, low, byte) =>
        engines.every((engine) => findsTheFirst(engine, puzzleOf(byte, 1, 10), { high, low })),
    );
    holds(starts, { numRuns: 40 });
    for (const engine of engines) {
      const { counter } = engine.search(puzzleOf(1, 0, 31), { high: 4, low: 0xfffffffc }, 8);
      expect(counter).toEqual({ high: 5, low: 4 });
    }
  });

  test('stops after so many hashes, so that a puzzle without end can be left', () => {
    for (const engine of engines) {
      const { solved, counter } = engine.search(puzzleOf(2, 0, 31), ZERO, 4_096);
      expect({ solved, counter }).toEqual({ solved: false, counter: { high: 0, low: 4_096 } });
    }
  });

  test('does work that the gateway accepts', () => {
    for (const engine of engines) {
      const solving = solveShare(engine, { seed: seedOf(5), k: 32, bits: 9, first: 0, step: 1 });
      let step = solving.next();
      while (step.done !== true) step = solving.next();
      expect(checkWork(seedOf(5), 32, 9, step.value)).toBe(true);
    }
  });
});

describe('an engine that is wrong', () => {
  /** Never writes the index into its message: one solution would do for every sub-puzzle. */
  const withoutIndex = (engine: Engine): Engine => ({
    ...engine,
    search: (puzzle, start, hashesMax) => engine.search({ ...puzzle, index: 0 }, start, hashesMax),
  });
  /** One bit of one round constant is another one. */
  async function withWrongConstant(name: 'simd' | 'scalar'): Promise<Engine> {
    const binary = Buffer.from(binaries[name]);
    const constant = Buffer.from([0x6f, 0x2c, 0xe9, 0x2d]);
    const at = binary.indexOf(constant);
    expect(at).toBeGreaterThan(0);
    binary.writeUInt8(constant.readUInt8(0) ^ 1, at);
    return createWasmEngine(name, Uint8Array.from(binary));
  }

  test('fails what the right ones pass', async () => {
    const mutants = [
      ...engines.map(withoutIndex),
      await withWrongConstant('simd'),
      await withWrongConstant('scalar'),
    ];
    for (const mutant of mutants) {
      expect(findsTheFirst(mutant, puzzleOf(4, 7, 12), ZERO)).toBe(false);
    }
  });

  test('is replaced before its work is handed in', async () => {
    const mutant = await withWrongConstant('simd');
    const solving = solveShare(mutant, { seed: seedOf(8), k: 4, bits: 10, first: 0, step: 1 });
    let step = solving.next();
    while (step.done !== true) step = solving.next();
    expect(checkWork(seedOf(8), 4, 10, step.value)).toBe(true);
  });
});

describe('the quickest engine that can run is taken', () => {
  const nameOf = async (changed: Partial<typeof binaries> = {}): Promise<string> =>
    (await openEngine({ ...binaries, ...changed })).name;
  const corrupt = (binary: Bytes): Bytes => binary.slice(0, binary.length - 40);

  test('SIMD where there is SIMD', async () => {
    expect(await nameOf()).toBe('simd');
  });

  test('one word at a time where SIMD is not understood, or its binary is damaged', async () => {
    expect(await nameOf({ simd: corrupt(binaries.simd) })).toBe('scalar');
    vi.stubGlobal('WebAssembly', {
      validate: (binary: Bytes) => binary === binaries.scalar,
      instantiate: WebAssembly.instantiate,
    });
    expect(await nameOf()).toBe('scalar');
  });

  test('plain script where there is no WebAssembly, or a policy refuses it', async () => {
    const broken = { simd: corrupt(binaries.simd), scalar: Uint8Array.of(0, 1, 2) };
    expect(await nameOf(broken)).toBe('script');
    vi.stubGlobal('WebAssembly', {
      validate: () => true,
      instantiate: () => Promise.reject(new Error('refused by the page’s policy')),
    });
    expect(await nameOf()).toBe('script');
    vi.stubGlobal('WebAssembly', undefined);
    expect(await nameOf()).toBe('script');
  });
});
