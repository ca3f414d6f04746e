// Threads of Node, where there is a Node (20.16 or later). They are asked of the process and never
// imported, so that a bundler for browsers does not stumble over a module it does not have.

type NodeThread = {
  on(type: 'message', listener: (data: unknown) => void): void;
  on(type: 'error' | 'exit', listener: () => void): void;
  postMessage(message: unknown): void;
  terminate(): void;
  ref(): void;
  unref(): void;
};

type NodeThreads = {
  readonly Worker: new (script: URL, options: { execArgv: readonly string[] }) => NodeThread;
  readonly parentPort: NodeThread | null;
};

type NodeProcess = { getBuiltinModule?(name: 'node:worker_threads'): NodeThreads };

export function nodeThreads(): NodeThreads | null {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.('node:worker_threads') ?? null;
}
