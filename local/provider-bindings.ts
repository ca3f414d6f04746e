// Who answers for the model providers on a developer's machine: each provider of the policy whose
// key is in `.dev.vars` by itself, every other one by the emulator. A server of the app that shares
// no secret yet gets one that nobody else knows.

import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';

type PolicyModule = {
  readonly default: {
    readonly providers?: readonly {
      readonly apiKeySecret: string;
      readonly baseUrlVariable: string;
    }[];
    readonly origins?: readonly { readonly grantSecret: string }[];
  };
};

export const EMULATOR_KEY = 'sk-emulator';

/** `vars`: what `.dev.vars` says. */
export async function providerBindings(
  policyFile: string,
  vars: Readonly<Record<string, string>>,
  emulatorUrl: string,
): Promise<Record<string, string>> {
  const module = (await import(pathToFileURL(policyFile).href)) as PolicyModule;
  const bindings: Record<string, string> = {};
  for (const { apiKeySecret, baseUrlVariable } of module.default.providers ?? []) {
    if ((vars[apiKeySecret] ?? '') !== '') continue;
    bindings[apiKeySecret] = EMULATOR_KEY;
    bindings[baseUrlVariable] = emulatorUrl;
  }
  for (const { grantSecret } of module.default.origins ?? []) {
    if ((vars[grantSecret] ?? '') !== '') continue;
    bindings[grantSecret] = randomBytes(32).toString('base64url');
  }
  return bindings;
}
