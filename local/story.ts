// One readable line per call for the terminal of `npm start`, from the gateway's structured log.

import { formatUsd } from '../core/money.ts';

type Facts = Readonly<Record<string, unknown>>;

const money = (value: unknown): string => (typeof value === 'number' ? formatUsd(value) : '$?');

const word = (value: unknown): string => (typeof value === 'string' ? value : '–');

type Denied = { kind?: string; failure?: string; principal?: string };

function refusal(facts: Facts): string {
  const denial = facts['denial'] as Denied | undefined;
  // Whose budget it was, where it was not the caller's own.
  const whose = denial?.principal === facts['principal'] ? undefined : denial?.principal;
  const why = [denial?.kind, denial?.failure ?? whose]
    .filter((part) => part !== undefined)
    .join(': ');
  return `refuse  ${word(facts['route'])}  ${word(facts['principal'])}  ${why}`;
}

/** Null for lines that are nobody's story. */
export function storyOf(line: string): string | null {
  let facts: Facts;
  try {
    facts = JSON.parse(line) as Facts;
  } catch {
    return /error|exception|warning/i.test(line) ? line : null;
  }
  switch (facts['event']) {
    case 'call': {
      const ms = Number(facts['endedAtMs']) - Number(facts['receivedAtMs']);
      const held = money(facts['heldNanoUsd']);
      const settled = money(facts['settledNanoUsd']);
      const how = `${word(facts['ending'])}, ${word(facts['usageSource'])}`;
      const who = `${word(facts['principal'])}  ${word(facts['model'])}`;
      return `allow   ${word(facts['route'])}  ${who}  held ${held} → ${settled} (${how})  ${String(ms)} ms`;
    }
    case 'refusal':
      return refusal(facts);
    case 'grace-served': {
      // The only one beside the ledgers whom a call waits for.
      const away = facts['because'] === 'human-unavailable' ? 'siteverify' : 'a ledger';
      return `grace   ${word(facts['route'])}  held ${money(facts['nanoUsd'])} while ${away} is away`;
    }
    // `npm start` says this in its own words.
    case 'misconfigured':
    case undefined:
      return null;
    default:
      return line;
  }
}
