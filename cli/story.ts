// A decision record as sentences: what was asked, who asked, what each gate said, what was held and
// what it came to, and what to do about it. Every word of the record is shown as data.

import { amount, dollars, plain, table } from './output.ts';

type Facts = Readonly<Record<string, unknown>>;

type Denial = Facts & { readonly kind: string };

export type DecisionRecord = Facts & {
  readonly gates?: readonly {
    readonly gate: string;
    readonly verdict: string;
    readonly denial?: Denial;
  }[];
  readonly observed?: readonly { readonly gate: string; readonly denial: Denial }[];
  readonly changes?: readonly {
    readonly field: string;
    readonly from: unknown;
    readonly to: unknown;
  }[];
  readonly downgraded?: {
    readonly from: string;
    readonly to: string;
    readonly because: string;
  } | null;
  readonly denial?: Denial;
  readonly usage?: Facts | null;
  readonly hold?: Facts;
};

/** `over-budget: principal key:…, counter …` */
function reason({ kind, ...facts }: Denial): string {
  const counter = facts['counter'] as Facts | undefined;
  if (counter !== undefined) {
    const part = (name: string): string => amount(counter['unit'], counter[name]);
    return (
      `${plain(kind)}: ${plain(facts['principal'])} has used ${part('used')} and holds ` +
      `${part('held')} of ${part('cap')} (${plain(counter['name'])})`
    );
  }
  const said = Object.entries(facts).map(([name, value]) => `${plain(name)} ${plain(value)}`);
  return [plain(kind), ...(said.length > 0 ? [said.join(', ')] : [])].join(': ');
}

const SOURCES: Readonly<Record<string, string>> = {
  provider: 'as the provider counted it',
  counted: 'as the gateway counted it, because the provider did not say',
  hold: 'the whole hold, because nothing else is known',
  least: 'the least of the hold, because no server was reached',
  steps: 'what the steps of its run came to',
  origin: 'as its origin said',
};

const REMEDIES: Readonly<Record<string, (denial: Denial) => string>> = {
  'over-budget': ({ principal }) =>
    `weighbridge budget get ${plain(principal)}, then budget set … --cap, or wait for its window.`,
  'over-requests': ({ principal }) => `weighbridge budget get ${plain(principal)}`,
  'over-quota': ({ principal }) => `weighbridge budget get ${plain(principal)}`,
  'over-concurrency': () => 'Nothing: it passes when one of the calls has ended.',
  'switched-off': ({ principal }) => `weighbridge switches; unkill ${plain(principal)} --reason …`,
  'model-not-offered': () =>
    'Offer the model in the route’s `models`, or have the caller name another.',
  'plan-required': () => 'Give the caller the plan, or change the route’s `plans` or `requires`.',
  'key-scope': () => 'Make a key for this route: weighbridge keys create --route …',
  'api-key-invalid': () => 'weighbridge keys list: is it revoked or over? Else make a new one.',
  'proof-required': () => 'Use the client SDK in the caller (docs/client.md), or a key.',
  misconfigured: () => 'weighbridge doctor',
};

const remedy = (denial: Denial): string =>
  REMEDIES[denial.kind]?.(denial) ?? `See docs/problems/${plain(denial.kind)}.md.`;

/** What to do about calls that were allowed and did not end as they should. */
const ENDINGS: Readonly<Record<string, string>> = {
  'caller-left': 'Nothing to do: the caller left before the end.',
  'caller-left-drained': 'Nothing to do: the caller left before the end.',
  'origin-unreachable': 'What to do: is the server behind this route up, and its address right?',
  'origin-timeout': 'What to do: look at that server, or raise the times of the route.',
  'switched-off': 'What to do: weighbridge switches tells which one; unkill … --reason …',
  'cut-budget': 'What to do: weighbridge budget get tells which budget ended it.',
};
const ELSE =
  'What to do: look for this id in the log; docs/ledger.md and docs/estimates.md say why.';

const time = (ms: unknown): string =>
  typeof ms === 'number' && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : '?';

function gateLines({ gates = [], observed = [] }: DecisionRecord): string {
  const rows = gates.map(({ gate, verdict, denial }) => [
    `  ${plain(gate)}`,
    plain(verdict),
    denial === undefined ? '' : reason(denial),
  ]);
  // What is observed behind the gates, by the ledger, has no line of its own there.
  const known = new Set(
    gates.filter(({ verdict }) => verdict === 'observe').map(({ gate }) => gate),
  );
  const later = observed
    .filter(({ gate }) => !known.has(gate))
    .map(({ gate, denial }) => [`  ${plain(gate)}`, 'observe', reason(denial)]);
  return table([...rows, ...later]);
}

function moneyLines(record: DecisionRecord): string[] {
  const { decision, usage, hold } = record;
  if (decision === 'refuse') return ['Nothing was held, and nothing is charged.'];
  const extended = typeof hold?.['extensions'] === 'number' ? hold['extensions'] : 0;
  const grown = extended > 0 ? `, extended ${String(extended)} times` : '';
  const isLeast = record['usageSource'] === 'hold' && record['ending'] === 'origin-unreachable';
  const counted = isLeast ? 'least' : plain(record['usageSource'] ?? 'unknown');
  const source = SOURCES[counted] ?? counted;
  const tokens = usage === null || usage === undefined ? '' : ` Usage: ${plain(usage)}.`;
  return [
    `Held ${dollars(record['heldNanoUsd'])}${grown}; charged ${dollars(record['settledNanoUsd'])}, ` +
      `${source}${record['estimated'] === true ? ' (an estimate)' : ''}.${tokens}`,
    `It ended: ${plain(record['ending'] ?? 'not yet')}; the provider answered ` +
      `${plain(record['originStatus'] ?? 'nothing')}.`,
  ];
}

function nextStep(record: DecisionRecord): string {
  const { denial, observed = [] } = record;
  if (denial !== undefined) return `What to do: ${remedy(denial)}`;
  if (observed.length > 0) {
    const kinds = [...new Set(observed.map((one) => plain(one.denial.kind)))].join(', ');
    return `Enforcing would have refused it (${kinds}): weighbridge impact says how often.`;
  }
  const ending = plain(record['ending'] ?? 'complete');
  return ending === 'complete' ? 'Nothing to do.' : (ENDINGS[ending] ?? ELSE);
}

export function storyOfCall(record: DecisionRecord): string {
  const { changes = [], downgraded = null } = record;
  const plan = record['plan'] === null || record['plan'] === undefined ? 'no plan' : record['plan'];
  return [
    `${plain(record['decision'] ?? 'unknown')}: ${plain(record['requestId'])}`,
    `${time(record['receivedAtMs'])}, route ${plain(record['route'])}, model ` +
      `${plain(record['model'] === '' ? 'none' : (record['model'] ?? 'none'))}, by ${plain(record['principal'])} (${plain(plan)}) ` +
      `from ${plain(record['ip'])}`,
    `Policy ${plain(record['policyVersion'])}, prices ${plain(record['priceVersion'] ?? 'not asked')}`,
    '',
    gateLines(record).trimEnd(),
    ...changes.map(
      ({ field, from, to }) => `  changed ${plain(field)}: ${plain(from)} → ${plain(to)}`,
    ),
    ...(downgraded === null
      ? []
      : [
          `  served ${plain(downgraded.to)} in place of ${plain(downgraded.from)}, ` +
            `because of ${plain(downgraded.because)}`,
        ]),
    '',
    ...moneyLines(record),
    nextStep(record),
    '',
  ].join('\n');
}
