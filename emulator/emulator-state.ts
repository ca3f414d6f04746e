/**
 * Everything one emulator remembers, and how it forgets. Nothing here is shared between two
 * emulators in one process, and nothing outlives the process.
 */
import { PromptCache } from './anthropic/prompt-cache.ts';
import { BillingLedger } from './billing-ledger.ts';
import { RequestLog } from './request-log.ts';
import { ScriptSlot } from './script-slot.ts';
import { SiteScript } from './turnstile-script.ts';
import { TurnstileTokens } from './turnstile-tokens.ts';

export class EmulatorState {
  readonly ledger = new BillingLedger();
  readonly requests = new RequestLog();
  readonly scripts = new ScriptSlot();
  readonly promptCache = new PromptCache();
  readonly turnstile = { tokens: new TurnstileTokens(), script: new SiteScript() };
  readonly fixturesDirectory: string;

  constructor(fixturesDirectory: string) {
    this.fixturesDirectory = fixturesDirectory;
  }

  /** Streams that are running finish, unrecorded. */
  forget(): void {
    this.ledger.forget();
    this.requests.forget();
    this.scripts.forget();
    this.promptCache.forget();
    this.turnstile.tokens.forget();
    this.turnstile.script.forget();
  }
}
