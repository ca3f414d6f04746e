// What wrangler's file has to say for the Worker to be what was tested: flags, objects, migrations,
// and no secret in the open.

import { PROOF_KEY_VARIABLES } from '../../core/proof/key-set.ts';
import { type Facts, type Finding, loaded, type Rule } from './finding.ts';

const OBJECTS: Readonly<Record<string, string>> = {
  PRINCIPAL_LEDGER: 'PrincipalLedger',
  EDGE_SHARD: 'EdgeShard',
  CONTROL: 'Control',
};

type Table = Readonly<Record<string, unknown>>;

const tables = (value: unknown): readonly Table[] =>
  Array.isArray(value)
    ? value.filter((one): one is Table => typeof one === 'object' && one !== null)
    : [];

const finding = (
  rule: string,
  where: string,
  [sentence, fix]: readonly [sentence: string, fix: string],
): Finding => ({ rule, severity: 'error', where, sentence, fix });

export const fileIsRead: Rule = ({ configFaults }) =>
  configFaults.map((sentence) =>
    finding('config-unread', 'wrangler.toml', [
      sentence,
      'Keep one file, and name it with --config.',
    ]),
  );

export const flagsAreSet: Rule = ({ deployments }) =>
  deployments
    .filter(({ settings: { compatibility_flags: flags } }) => {
      return !(Array.isArray(flags) && flags.includes('enable_request_signal'));
    })
    .map(({ where }) =>
      finding('flag-missing', where, [
        'compatibility_flags lacks "enable_request_signal": the gateway never learns that a caller left.',
        'Write compatibility_flags = ["enable_request_signal"].',
      ]),
    );

export const objectsAreBound: Rule = ({ deployments }) =>
  deployments.flatMap(({ where, settings }) => {
    const objects = settings['durable_objects'] as { bindings?: unknown } | undefined;
    const bound = tables(objects?.bindings);
    const migrated = tables(settings['migrations']).flatMap(({ new_sqlite_classes: classes }) =>
      Array.isArray(classes) ? (classes as unknown[]) : [],
    );
    return Object.entries(OBJECTS).flatMap(([name, className]) => [
      ...(bound.some((one) => one['name'] === name && one['class_name'] === className)
        ? []
        : [
            finding('object-missing', where, [
              `The Durable Object ${name} (${className}) is not bound: there is no ledger to ask.`,
              `Add [[durable_objects.bindings]] with name = "${name}", class_name = "${className}".`,
            ]),
          ]),
      ...(migrated.includes(className)
        ? []
        : [
            finding('migration-missing', where, [
              `No migration makes ${className} with SQLite: it cannot be deployed, or keeps nothing.`,
              `Add a migration with new_sqlite_classes = ["${className}"]; never edit one.`,
            ]),
          ]),
    ]);
  });

/** The gateway's own secrets, and those that the policy names. */
export function secretNames(facts: Facts): readonly string[] {
  const { source } = loaded(facts) ?? {};
  return [
    ...Object.values(PROOF_KEY_VARIABLES),
    'WEIGHBRIDGE_API_KEY_SECRET',
    'WEIGHBRIDGE_ADMIN_TOKEN',
    ...(source?.providers ?? []).map(({ apiKeySecret }) => apiKeySecret),
    ...(source?.origins ?? []).map(({ grantSecret }) => grantSecret),
    ...(source?.proof.human === undefined ? [] : [source.proof.human.secret]),
  ];
}

/** What keys look like: those of providers, ours, and anything long that means nothing. */
const KEY_SHAPES = [
  /^(?:sk|rk|pk|gsk|xai|AIza|ya29|ghp|github_pat|wb)[-_A-Za-z0-9]{16,}/,
  /^(?:\d{1,3}:)?[A-Za-z0-9_-]{32,}(?:[.:=][A-Za-z0-9_:=-]*)?$/,
  /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/]{32,}={0,2}$/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
];

export const noSecretInVars: Rule = (facts) => {
  const known = new Set(secretNames(facts));
  return facts.deployments.flatMap(({ where, settings }) =>
    Object.entries((settings['vars'] ?? {}) as Table)
      .filter(([name, value]) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        return known.has(name) || KEY_SHAPES.some((shape) => shape.test(text));
      })
      .map(([name]) =>
        finding('secret-in-vars', where, [
          `[vars] has ${name}, which is a secret or looks like one: whoever reads the file, or the dashboard, has it.`,
          `Take it out, change it, and set it with npx wrangler secret put ${name}.`,
        ]),
      ),
  );
};

export const notLocal: Rule = ({ deployments }) =>
  deployments
    .filter(({ settings }) => 'WEIGHBRIDGE_LOCAL' in ((settings['vars'] ?? {}) as Table))
    .map(({ where }) =>
      finding('local-in-vars', where, [
        'WEIGHBRIDGE_LOCAL believes the socket for an address, takes test proofs, and belongs to no deployment.',
        'Take it out.',
      ]),
    );
