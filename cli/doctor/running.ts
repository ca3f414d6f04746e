// The gateway that runs: is it well, is it this policy, does its clock agree with ours, how old are
// the keys it takes, and has everything a price that it served.

import { PROVIDER_KINDS } from '../../core/pricing/rates.ts';
import { modelPrice } from '../../core/policy/resolve-route.ts';
import { plain } from '../output.ts';
import { type Finding, type GatewayFacts, loaded, type Rule, type Severity } from './finding.ts';
import { KEY_DAYS_MAX } from './secrets.ts';

const DAY_MS = 86_400_000;
const SKEW_MS_MAX = 30_000;

const at = (
  { url: where }: GatewayFacts,
  rule: string,
  severity: Severity,
  [sentence, fix]: readonly [sentence: string, fix: string],
): Finding => ({ rule, severity, where, sentence, fix });

export const gatewayIsWell: Rule = ({ gateway }) => {
  if (gateway === null) {
    return [
      {
        rule: 'gateway',
        severity: 'notice',
        where: 'gateway',
        sentence: 'No gateway was looked at: not its health, policy, clock, keys or models.',
        fix: 'Add --gateway URL, or start one with npm start.',
      },
    ];
  }
  if (gateway.status === 200) return [];
  const how = gateway.silence ?? `its health is ${String(gateway.status)}`;
  const fix = 'Its log names what is missing (docs/problems/misconfigured.md).';
  return [at(gateway, 'gateway', 'error', [`The gateway does not serve: ${how}.`, fix])];
};

export const sameVersion: Rule = (facts) => {
  const { gateway, policyFile } = facts;
  const version = loaded(facts)?.policy.version;
  if (version === undefined || gateway === null || gateway.policyVersion === null) return [];
  if (gateway.policyVersion === version) return [];
  const sentence = `It enforces policy ${plain(gateway.policyVersion)}; ${policyFile} is ${version}.`;
  return [at(gateway, 'policy-version', 'warning', [sentence, 'Deploy, or start it again.'])];
};

export const sameTime: Rule = ({ gateway }) => {
  if (gateway === null || gateway.status === null) return [];
  if (gateway.skewMs === null) {
    const said = ['It does not tell its time: clocks were not compared.', 'Ask it over its zone.'];
    return [at(gateway, 'clock', 'notice', [said[0] ?? '', said[1] ?? ''])];
  }
  if (Math.abs(gateway.skewMs) <= SKEW_MS_MAX) return [];
  const seconds = String(Math.round(gateway.skewMs / 1_000));
  const sentence = `Its clock and this machine's differ by ${seconds} s: tokens and signatures made here may be refused.`;
  return [at(gateway, 'clock', 'warning', [sentence, 'Set the clock (NTP).'])];
};

export const apiKeysAreFresh: Rule = ({ gateway, nowMs }) => {
  if (gateway === null || gateway.status !== 200) return [];
  if (gateway.keys === null) {
    const sentence = `Keys and models were not looked at: ${plain(gateway.closed)}`;
    return [at(gateway, 'operator-api', 'warning', [sentence, 'Set WEIGHBRIDGE_ADMIN_TOKEN.'])];
  }
  const old = gateway.keys
    .filter(({ madeAtMs }) => nowMs - madeAtMs > KEY_DAYS_MAX * DAY_MS)
    .map(({ id, name, madeAtMs }): Finding => ({
      rule: 'api-key-old',
      severity: 'warning',
      where: `key:${plain(id)}`,
      sentence:
        `The key "${plain(name)}" was last rotated ` +
        `${String(Math.floor((nowMs - madeAtMs) / DAY_MS))} days ago.`,
      fix: `weighbridge keys rotate ${plain(id)}`,
    }));
  if (!gateway.keysAreCut) return old;
  const sentence = 'There are more old keys than were looked at.';
  return [...old, at(gateway, 'api-key-old', 'warning', [sentence, 'weighbridge keys list'])];
};

export const seenModelsHavePrices: Rule = (facts) => {
  const source = loaded(facts)?.source;
  const { gateway } = facts;
  if (source === undefined || gateway === null) return [];
  // Bytes at a price, and runs as a whole, go by the name of their route.
  const routes = new Set(source.routes.map(({ id }) => id));
  return (gateway.seenModels ?? [])
    .filter(({ model }) => !routes.has(model))
    .filter(({ kind, model }) => {
      const known = PROVIDER_KINDS.find((one) => one === kind);
      return known !== undefined && modelPrice(source, known, model) === null;
    })
    .map(({ kind, model }) =>
      at(gateway, 'price-missing', 'warning', [
        `"${plain(model)}" of ${kind} was served in the last thirty days and has no price: it is charged at the dearest.`,
        'Add a row to `prices` of the policy (docs/policy.md#prices).',
      ]),
    );
};
