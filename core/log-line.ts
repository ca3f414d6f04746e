// How anything is logged: one JSON line per event, with facts that were chosen. Prompts, answers,
// keys and proofs are never among them, and addresses are cut to their network.

/** The last part of an IPv4 address in an `ip:` name is nobody's business in a log. */
const cutAddresses = (json: string): string =>
  json.replace(/"ip:(\d+\.\d+\.\d+)\.\d+"/g, '"ip:$1.0/24"');

/** The line for facts that are JSON already. */
export const logLine = (event: string, json: string): string =>
  `{"event":"${event}",${cutAddresses(json).slice(1)}`;
