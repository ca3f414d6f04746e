// Chat calls as a server with an API key makes them, and what the emulator and the ledgers say of
// them afterwards.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { poll } from './poll.ts';
import type { TestStack } from './stack.ts';

export const CHAT = '/v1/chat/completions';
export const MODEL = 'gpt-4o-mini';
export const LOCAL_IP = 'ip:127.0.0.1';

export const chatBody = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }], ...more });

export function postChat(
  stack: TestStack,
  key: string,
  body: string = chatBody(),
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${stack.gatewayUrl}${CHAT}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers },
    body,
  });
}

export const requestIdOf = (response: { readonly headers: Headers }): string =>
  response.headers.get('Weighbridge-Request-Id') ?? '';

/** The members of a decision record that tests read. */
export type DecisionRecord = {
  readonly requestId: string;
  readonly decision: 'allow' | 'refuse';
  readonly route: string;
  readonly principal: string;
  readonly ip: string;
  readonly model: string | null;
  readonly gates: readonly { gate: string; verdict: string; denial?: { kind: string } }[];
  readonly heldNanoUsd: number;
  readonly settledNanoUsd: number;
  readonly usageSource?: string;
  readonly estimated?: boolean;
  readonly usage?: Readonly<Record<string, number>> | null;
  readonly ending?: string;
  readonly grace?: boolean;
  readonly originStatus?: number | null;
  readonly outputTokensMax?: number;
};

/** The record of one call, as soon as there is one. */
export function decisionOf(stack: TestStack, requestId: string): Promise<DecisionRecord> {
  return poll(`the decision record of ${requestId}`, async () => {
    const response = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/requests/${requestId}`, {
      headers: { Authorization: `Bearer ${stack.adminToken}` },
    });
    const text = await response.text();
    return response.ok ? (JSON.parse(text) as DecisionRecord) : null;
  });
}

/** Settlements of this principal's calls in the gateway's own log: one line for each. */
export async function settlementsOf(
  stack: TestStack,
  principal: string,
): Promise<DecisionRecord[]> {
  const log = await readFile(join(stack.stateDirectory, 'gateway.log'), 'utf8').catch(() => '');
  const records: DecisionRecord[] = [];
  for (const line of log.split('\n')) {
    if (!line.startsWith('{"event":"call"')) continue;
    const record = JSON.parse(line) as DecisionRecord;
    if (record.principal === principal) records.push(record);
  }
  return records;
}

/** What a principal spent today, once nothing of it is on hold any more. */
export async function spentOf(
  stack: TestStack,
  principal: string,
  deadlineMs = 5_000,
): Promise<{ nanoUsd: number; requests: number }> {
  const view = await poll(
    `nothing held by ${principal}`,
    async () => {
      const seen = await stack.principal(principal);
      const held = seen.counters.some((counter) => counter.held !== 0);
      return held || seen.holds.length > 0 ? null : seen;
    },
    deadlineMs,
  );
  const used = (name: string): number =>
    view.counters.find((counter) => counter.name === name)?.used ?? Number.NaN;
  return { nanoUsd: used('nanoUsd-day'), requests: used('requests-day') };
}

export type UpstreamRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyText: string;
};

export const upstreamRequests = (stack: TestStack): Promise<UpstreamRequest[]> =>
  fetch(`${stack.emulatorUrl}/_emulator/requests`).then((response) => response.json()) as Promise<
    UpstreamRequest[]
  >;

/** The one request that went up since the emulator was reset, with its body read. */
export async function onlyUpstream(
  stack: TestStack,
): Promise<{ request: UpstreamRequest; body: Record<string, unknown> }> {
  const requests = await upstreamRequests(stack);
  expect(requests).toHaveLength(1);
  const [request] = requests;
  if (request === undefined) throw new Error('nothing went up');
  return { request, body: JSON.parse(request.bodyText) as Record<string, unknown> };
}
