// One solver alone in a process of its own, for so many milliseconds: `simd`, `scalar` and `script`
// are ours, the others what npm offers. It prints millions of hashes a second and nothing else.
//
// Every variant hashes one block a counter and looks at the first word. Ours and the libraries take
// the same 44 bytes; the solver of Cap has a message of its own, a salt and a decimal counter.

import { readFile } from 'node:fs/promises';
import { sha256 } from '@noble/hashes/sha2.js';
import { createSHA256 } from 'hash-wasm';
import { solve_pow as solvePow } from '@cap.js/wasm';
import { createScriptEngine } from '../client/solver-engine-script.ts';
import { createWasmEngine } from '../client/solver-engine-wasm.ts';
import type { Engine } from '../client/solver-engine.ts';
import { buildSolver } from '../local/build-solver.ts';
import type { SolverVariant } from './solver.ts';

/** Does some hashes and says how many. */
type Burst = () => number;

const BURST_HASHES = 4_096;
const WARM_UP_MILLISECONDS = 150;
const SEED = Uint8Array.from({ length: 32 }, (_, index) => 5 * index + 1);

function ours(engine: Engine): Burst {
  let start = { high: 0, low: 0 };
  // As good as never solved, and right to go on if it is.
  const puzzle = { seed: SEED, index: 1, bits: 31 };
  return () => {
    const { solved, counter } = engine.search(puzzle, start, engine.hashesPerLook);
    start = solved ? { high: counter.high + 1, low: 0 } : counter;
    return engine.hashesPerLook;
  };
}

function library(hash: (message: Uint8Array) => Uint8Array): Burst {
  const message = new Uint8Array(44);
  message.set(SEED);
  const view = new DataView(message.buffer);
  let counter = 0;
  let solved = 0;
  return () => {
    for (let i = 0; i < BURST_HASHES; i += 1) {
      view.setUint32(40, counter);
      counter += 1;
      const digest = hash(message);
      if (digest[0] === 0 && digest[1] === 0 && digest[2] === 0) solved += 1;
    }
    return BURST_HASHES;
  };
}

function cap(): Burst {
  let puzzle = 0;
  return () => {
    puzzle += 1;
    // 16 bits: long enough for its strings not to count.
    return Number(solvePow(`salt${String(puzzle)}`, '0000')) + 1;
  };
}

const binary = async (kind: 'simd' | 'scalar') => {
  const files = await buildSolver();
  return new Uint8Array(await readFile(files[kind]));
};

const BURSTS: Readonly<Record<SolverVariant, () => Promise<Burst>>> = {
  simd: async () => ours(await createWasmEngine('simd', await binary('simd'))),
  scalar: async () => ours(await createWasmEngine('scalar', await binary('scalar'))),
  script: async () => ours(createScriptEngine()),
  'hash-wasm': async () => {
    const hasher = await createSHA256();
    return library((message) => hasher.init().update(message).digest('binary'));
  },
  '@cap.js/wasm': async () => cap(),
  '@noble/hashes': async () => library(sha256),
};

function megahashesPerSecond(burst: Burst, milliseconds: number): number {
  const startedAt = performance.now();
  let hashes = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    hashes += burst();
    elapsed = performance.now() - startedAt;
  }
  return hashes / elapsed / 1_000;
}

const [, , name, milliseconds] = process.argv;
const burst = await BURSTS[name as SolverVariant]();
megahashesPerSecond(burst, Math.min(WARM_UP_MILLISECONDS, Number(milliseconds)));
process.stdout.write(String(megahashesPerSecond(burst, Number(milliseconds))));
