/**
 * The emulator's own endpoints under /_emulator/: script, turnstile, ledger, requests, reset,
 * health.
 * It refuses a bad script with a sentence and leaves the script in force as it was.
 */
import type { ServerResponse } from 'node:http';
import type { EmulatorState } from './emulator-state.ts';
import { loadFixture } from './fixture-library.ts';
import { sendJson } from './json-response.ts';
import { ScriptRefusal } from './script-fields.ts';
import { parseScript } from './script.ts';

export async function serveControl(
  state: EmulatorState,
  method: string,
  path: string,
  bodyText: string,
  response: ServerResponse,
): Promise<void> {
  switch (`${method} ${path}`) {
    case 'GET /_emulator/health':
      return sendJson(response, 200, { ok: true });
    case 'GET /_emulator/ledger':
      return sendJson(response, 200, state.ledger.view());
    case 'GET /_emulator/requests':
      return sendJson(response, 200, state.requests.values());
    case 'POST /_emulator/reset':
      state.forget();
      return sendJson(response, 200, { ok: true });
    case 'GET /_emulator/turnstile': {
      const { calls, last } = state.turnstile.script;
      return sendJson(response, 200, { siteverifyCalls: calls, last });
    }
    case 'POST /_emulator/turnstile': {
      const message = state.turnstile.script.replace(bodyText);
      if (message !== null) return sendJson(response, 400, { error: { message } });
      return sendJson(response, 200, { ok: true });
    }
    case 'POST /_emulator/script':
      return serveScript(state, bodyText, response);
    default: {
      const message = `The emulator has no ${method} ${path}.`;
      return sendJson(response, 404, { error: { message } });
    }
  }
}

export const CONTROL_PREFIX = '/_emulator/';

async function serveScript(
  state: EmulatorState,
  bodyText: string,
  response: ServerResponse,
): Promise<void> {
  try {
    const script = parseScript(bodyText);
    const fixture =
      script.replay === undefined
        ? undefined
        : await loadFixture(state.fixturesDirectory, script.replay);
    state.scripts.replace(script, fixture);
    sendJson(response, 200, { ok: true });
  } catch (error) {
    const status = error instanceof ScriptRefusal ? error.status : 400;
    const message =
      error instanceof ScriptRefusal ? error.message : 'The script could not be prepared.';
    sendJson(response, status, { error: { message } });
  }
}
