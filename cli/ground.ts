// What a verb stands on: the terminal it speaks to, the folder it was called in, the gateway it is
// about. Asks before anything is changed, and takes no secret from an argument.

import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { runningGateway } from '../local/running.ts';
import { inRoot } from '../local/paths.ts';
import { readSecretFile } from '../local/secret-file.ts';
import { readDevVars } from '../local/secrets.ts';
import { misused, refused } from './ending.ts';
import { Gateway, gatewayOrigin } from './gateway.ts';

const TOKEN = 'WEIGHBRIDGE_ADMIN_TOKEN';
const TOKEN_CHARS_MAX = 4_096;

/** What every verb understands. */
export type Common = {
  readonly gateway?: string;
  readonly state?: string;
  readonly tokenStdin?: boolean;
  readonly json?: boolean;
  readonly text?: boolean;
  readonly yes?: boolean;
};

async function lineOfStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > TOKEN_CHARS_MAX) break;
  }
  return text.split('\n', 1)[0]?.trim() ?? '';
}

export class Ground {
  readonly #common: Common;
  readonly env = process.env;
  readonly nowMs = Date.now;

  constructor(common: Common) {
    this.#common = common;
  }

  get isText(): boolean {
    const { json = false, text = false } = this.#common;
    return text || (!json && process.stdout.isTTY);
  }

  /** Somebody is there who can be asked. */
  get #isInteractive(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY && this.#common.tokenStdin !== true;
  }

  /** A file or folder as the caller means it: npm changes the folder, and says from where. */
  path(...parts: readonly string[]): string {
    return resolve(this.env['INIT_CWD'] ?? process.cwd(), ...parts);
  }

  get state(): string {
    const { state } = this.#common;
    return state === undefined ? inRoot('.weighbridge', 'state') : this.path(state);
  }

  progress(what: string): void {
    if (process.stderr.isTTY) process.stderr.write(`${what}…\n`);
  }

  /** Returns if it may be done; throws if somebody said no, or nobody could be asked. */
  async sure(what: string): Promise<void> {
    if (this.#common.yes === true) return;
    if (!this.#isInteractive) throw misused(`${what}? Add --yes: nobody is here to be asked.`);
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Whoever closes the terminal has not said yes.
    const answer = await terminal.question(`${what}? [y/N] `).catch(() => '');
    terminal.close();
    if (!/^y(?:es)?$/i.test(answer.trim())) throw refused('Nothing was changed.');
  }

  /** The gateway that was named, else the one that runs here; null if there is neither. */
  async gatewayIfAny(): Promise<Gateway | null> {
    const named = this.#common.gateway ?? this.env['WEIGHBRIDGE_URL'] ?? '';
    const running = await runningGateway(this.state);
    if (named === '') return running === null ? null : this.#at(running.gateway, true);
    const url = gatewayOrigin(named);
    return this.#at(url, url === running?.gateway);
  }

  /** The policy of the gateway that runs here, if that is the one. */
  async policyAt(gateway: Gateway | null): Promise<string | null> {
    const running = await runningGateway(this.state);
    return running !== null && running.gateway === gateway?.url ? running.policyFile : null;
  }

  async gateway(): Promise<Gateway> {
    const found = await this.gatewayIfAny();
    if (found !== null) return found;
    throw misused(
      'Which gateway? Say --gateway URL or set WEIGHBRIDGE_URL; no npm start is running here.',
    );
  }

  #at(url: string, isOurs: boolean): Gateway {
    let token: Promise<string> | null = null;
    return new Gateway(gatewayOrigin(url), () => (token ??= this.#token(url, isOurs)));
  }

  /**
   * The gateway that runs here is shown its own token and no other: whatever listens on its port
   * learns no token of another gateway.
   */
  async #token(url: string, isOurs: boolean): Promise<string> {
    let token = '';
    if (this.#common.tokenStdin === true) token = await lineOfStdin();
    else if (isOurs) {
      const vars = await readDevVars();
      const secrets = await readSecretFile(resolve(this.state, 'secrets.json'));
      token = vars[TOKEN] ?? secrets[TOKEN] ?? '';
    } else token = this.env[TOKEN] ?? '';
    if (token === '') throw misused(`The operator token of ${url} is not set: ${TOKEN}.`);
    if (/[^\x21-\x7e]/.test(token)) throw misused('The operator token has blanks or controls.');
    return token;
  }
}
