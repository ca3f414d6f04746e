/**
 * Runs the provider emulator from the command line and prints one line once it serves.
 * It refuses options it does not know; Ctrl-C ends it and leaves nothing running.
 */
import { parseArgs } from 'node:util';
import { startEmulator } from './server.ts';

const USAGE = `Usage: node emulator/main.ts [--port N] [--fixtures DIR] [--help]

  --port N        port on 127.0.0.1 (default 8788; 0 takes any free port)
  --fixtures DIR  folder of recorded transcripts with a manifest.json
                  (default: $WEIGHBRIDGE_FIXTURES, else ../shared/fixtures beside the project)

It serves, with any key:
  OpenAI          /v1/chat/completions  /v1/responses  /v1/completions  /v1/embeddings
                  /v1/images/generations  /v1/audio/speech  /v1/audio/transcriptions
  Anthropic       /v1/messages  /v1/messages/count_tokens
  Gemini          /v1beta/models/{model}:generateContent  :streamGenerateContent  :countTokens
  and others as   /openrouter/v1  /groq/openai/v1  /deepseek  /mistral/v1  /xai/v1
                  with /chat/completions

  POST /_emulator/script    what the next calls do, as JSON: text, chunks, toolCalls,
                            tool, thinking, reasoningTokens, refusal, fault, replay, …
  GET  /_emulator/ledger    what was billed
  GET  /_emulator/requests  what was received
  POST /_emulator/reset     forgets

All of it is described in emulator/README.md.
`;

const DEFAULT_PORT = 8788;
const PORT_MAX = 65_535;

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const fixtures = options.fixtures === undefined ? {} : { fixturesDirectory: options.fixtures };
  const emulator = await startEmulator({ port: options.port, ...fixtures });
  process.stdout.write(`provider emulator serving on ${emulator.url}\n`);
  const stop = (): void => {
    void emulator.close().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

type MainOptions = { port: number; fixtures: string | undefined; help: boolean };

function readOptions(): MainOptions | undefined {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: String(DEFAULT_PORT) },
        fixtures: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
    if (!(port <= PORT_MAX)) return undefined;
    return { port, fixtures: values.fixtures, help: values.help };
  } catch {
    return undefined;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
