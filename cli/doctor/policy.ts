// What the policy itself makes of a deployment: errors, a realm that is not its own, and what an
// operator should know to be so.

import { dollars } from '../output.ts';
import { policyWarnings } from '../policy-warnings.ts';
import { type Finding, loaded, type Rule } from './finding.ts';

export const policyLoads: Rule = ({ policy, policyFile }) => {
  if (policy.kind === 'policy') return [];
  const sentences =
    policy.kind === 'broken'
      ? policy.sentences
      : policy.errors.map(({ path, sentence }) => `${path}: ${sentence}`);
  return sentences.map((sentence): Finding => ({
    rule: 'policy-wrong',
    severity: 'error',
    where: policyFile,
    sentence: `policy: ${sentence}`,
    fix: `weighbridge check ${policyFile}`,
  }));
};

export const realmIsOwn: Rule = (facts) => {
  const realm = loaded(facts)?.policy.realm ?? '';
  if (!/\.(?:local|example)$/.test(realm)) return [];
  return [
    {
      rule: 'realm-shipped',
      severity: 'error',
      where: facts.policyFile,
      sentence:
        'policy: give the realm a name of your own, so that proofs are good here only ' +
        `("${realm}" is anybody's).`,
      fix: 'Write realm: your own host, such as "shop.com".',
    },
  ];
};

export const policyIsMeant: Rule = (facts) => {
  const policy = loaded(facts)?.policy;
  const warnings = policy === undefined ? [] : policyWarnings(policy);
  return warnings.map((sentence) => ({
    rule: 'policy-warning',
    severity: 'warning',
    where: facts.policyFile,
    sentence,
    fix: 'Change the policy if that is not meant (docs/policy.md).',
  }));
};

/** Said, not found: which routes serve while their ledger is away, and up to what. */
export const failModes: Rule = (facts) =>
  (loaded(facts)?.policy.routes ?? []).map(({ id, whenLedgerUnreachable: when }) => ({
    rule: 'fail-mode',
    severity: 'notice',
    where: `route ${id}`,
    sentence:
      when === 'refuse'
        ? 'Refuses while its ledger is unreachable.'
        : `Serves up to ${dollars(when.graceNanoUsdPerHour)} an hour while its ledger is unreachable.`,
    fix: 'whenLedgerUnreachable of the route (docs/ledger.md).',
  }));

export const streamingIsNotSeen: Rule = () => [
  {
    rule: 'streaming',
    severity: 'notice',
    where: 'zone',
    sentence:
      'Not looked at: whether something between the gateway and your callers holds answers back.',
    fix: 'Stream an answer with curl -N through the zone and watch it come word by word.',
  },
];
