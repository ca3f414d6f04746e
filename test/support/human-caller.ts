// A caller in a browser with a widget in it: asks for a challenge, has it solved by the emulator's
// stand-in for Turnstile, and calls, from a loopback address of its choosing. Every step can be
// done wrongly.

import { humanAction, humanCdata } from '../../core/proof/human-token.ts';
import { requires } from '../../core/proof/requirement.ts';
import { type Device, prove, readChallenge } from './anonymous.ts';
import { chatBody, decisionOf, requestIdOf } from './chat.ts';
import { HOSTNAME } from './human-policy.ts';
import { poll } from './poll.ts';
import type { Heard } from './problem.ts';
import type { TestStack } from './stack.ts';
import { openWire, requestBytes, type Wire } from './wire.ts';

export const HUMAN_PATH = '/api/chat';
const CHALLENGE = '/.well-known/inference-proof/challenge';

/** Some 2,000 tokens of input: a call that costs something. */
export const LONG = {
  messages: [{ role: 'user', content: 'word '.repeat(1_590) }],
  max_tokens: 16,
};
export const SHORT = { max_tokens: 16 };

export type Given = {
  readonly challenges: readonly string[];
  readonly human?: { readonly siteKey: string; readonly action: string };
};

export type Widget = {
  readonly action?: string;
  readonly cData?: string;
  readonly hostname?: string;
  readonly ageSeconds?: number;
};

export type Shown = {
  readonly token?: string;
  readonly pass?: string;
  readonly body?: Readonly<Record<string, unknown>>;
};

export type Caller = {
  readonly from: string;
  readonly device?: Device;
  readonly key?: string;
};

export const asksHuman = (wire: string): boolean => requires(readChallenge(wire).require, 'human');
export const asksPass = (wire: string): boolean => requires(readChallenge(wire).require, 'pass');

export const nextOf = (answer: Heard): string => answer.headers.get('Inference-Proof-Next') ?? '';
export const passOf = (answer: Heard): string => answer.headers.get('Inference-Proof-Pass') ?? '';

const bearer = ({ key }: Caller): Record<string, string> =>
  key === undefined ? {} : { Authorization: `Bearer ${key}` };

export async function askGiven(
  stack: TestStack,
  caller: Caller,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<Given> {
  const { from, device } = caller;
  const jkt = device === undefined ? {} : { jkt: device.jkt };
  const body = JSON.stringify({ method: 'POST', path: HUMAN_PATH, ...jkt, ...wish });
  const wire = await openWire(stack.gatewayUrl, { from });
  wire.send(requestBytes(`POST ${CHALLENGE}`, bearer(caller), body));
  const answer = await wire.answer();
  if (answer.status !== 200) throw new Error(answer.body.toString());
  return JSON.parse(answer.body.toString()) as Given;
}

export async function ask(
  stack: TestStack,
  caller: Caller,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const [first] = (await askGiven(stack, caller, wish)).challenges;
  if (first === undefined) throw new Error('no challenge');
  return first;
}

/** A token for this challenge, unless the widget is told something else. */
export async function solved(stack: TestStack, wire: string, lie: Widget = {}): Promise<string> {
  const response = await fetch(`${stack.emulatorUrl}/turnstile/v0/emulated-token`, {
    method: 'POST',
    body: JSON.stringify({
      sitekey: '0x4AAAAAAAEmulatedSiteKey',
      action: humanAction(readChallenge(wire).route),
      cData: humanCdata(wire),
      hostname: HOSTNAME,
      ...lie,
    }),
  });
  return ((await response.json()) as { token: string }).token;
}

/** Sends the call and leaves the connection open. */
export async function begin(
  stack: TestStack,
  caller: Caller,
  challengeWire: string,
  { token, pass, body = SHORT }: Shown,
): Promise<Wire> {
  const text = chatBody(body);
  const proof = await prove(challengeWire, text, caller.device ?? null);
  const members = [
    proof['Inference-Proof'],
    ...(token === undefined ? [] : [`h="${token}"`]),
    ...(pass === undefined ? [] : [`p="${pass}"`]),
  ];
  const headers = { ...proof, ...bearer(caller), 'Inference-Proof': members.join(', ') };
  const wire = await openWire(stack.gatewayUrl, { from: caller.from });
  wire.send(requestBytes(`POST ${HUMAN_PATH}`, headers, text));
  return wire;
}

export const send = async (
  stack: TestStack,
  caller: Caller,
  challengeWire: string,
  shown: Shown,
): Promise<Heard> => (await begin(stack, caller, challengeWire, shown)).answer(20_000);

/** A fresh challenge, solved, and the call. */
export async function humanCall(
  stack: TestStack,
  caller: Caller,
  body: Readonly<Record<string, unknown>> = SHORT,
): Promise<Heard> {
  const wire = await ask(stack, caller, { bodyBytes: chatBody(body).length });
  return send(stack, caller, wire, { token: await solved(stack, wire), body });
}

export type Asked = {
  readonly siteverifyCalls: number;
  readonly last: Readonly<Record<string, string>> | null;
};

/** How often siteverify was asked since the emulator was reset. */
export const siteverify = (stack: TestStack): Promise<Asked> =>
  fetch(`${stack.emulatorUrl}/_emulator/turnstile`).then((answer) =>
    answer.json(),
  ) as Promise<Asked>;

export async function siteFault(stack: TestStack, fault: string): Promise<void> {
  const url = `${stack.emulatorUrl}/_emulator/turnstile`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ fault }) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** What of a day's budget was used, once nothing of it is on hold. */
export async function nothingHeld(stack: TestStack, principal: string): Promise<number> {
  return poll('nothing is held', async () => {
    const { used, held } = await stack.counter(principal, 'nanoUsd-day');
    return held === 0 ? { used } : null;
  }).then(({ used }) => used);
}

/** Why a call was refused, as its operator may read it. */
export async function failureOf(stack: TestStack, answer: Heard): Promise<string> {
  const { gates } = await decisionOf(stack, requestIdOf(answer));
  const denial = gates.at(-1)?.denial as { failure?: string; detail?: string } | undefined;
  return [denial?.failure, denial?.detail].filter((part) => part !== undefined).join(': ');
}
