// The only way anything is logged: one JSON line per event, with facts that were chosen. Prompts,
// answers, keys, proofs and whole addresses are never among them.

export function logEvent(event: string, facts: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ event, ...facts }));
}
