// What a local gateway needs to ask the emulator instead of Cloudflare whether there is a human:
// only where its policy asks for one, and never over a secret that the developer has set.

import { pathToFileURL } from 'node:url';
import { EMULATOR_TURNSTILE_SECRET, TURNSTILE_PREFIX } from '../emulator/turnstile.ts';

type PolicyModule = {
  readonly default: { readonly proof?: { readonly human?: { readonly secret: string } } };
};

/** `vars`: what `.dev.vars` says. A secret of the developer's own is asked of Cloudflare. */
export async function humanBindings(
  policyFile: string,
  vars: Readonly<Record<string, string>>,
  emulatorUrl: string,
): Promise<Record<string, string>> {
  const module = (await import(pathToFileURL(policyFile).href)) as PolicyModule;
  const secret = module.default.proof?.human?.secret;
  if (secret === undefined || (vars[secret] ?? '') !== '') return {};
  return {
    [secret]: EMULATOR_TURNSTILE_SECRET,
    TURNSTILE_SITEVERIFY_URL: `${emulatorUrl}${TURNSTILE_PREFIX}siteverify`,
  };
}
