// A gateway for the client's tests: it asks every call for a proof, notes what came, and answers
// what a test tells it to. It prices and forwards nothing.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bytes } from '../../core/bytes.ts';
import { type IssueSettings, issue, judge, NOTHING, type Verdict } from './proof-judge.ts';

export type SeenCall = Omit<Verdict, 'jkt'> & {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Bytes;
};

export type SeenQuestion = {
  readonly headers: IncomingHttpHeaders;
  readonly asked: Record<string, unknown>;
};

export type Answer = (call: SeenCall, response: ServerResponse) => void;

export type ProofGateway = {
  readonly url: string;
  readonly calls: SeenCall[];
  readonly questions: SeenQuestion[];
  readonly settings: Settings;
  close(): Promise<void>;
};

type Settings = IssueSettings & {
  /** Hand out `Inference-Proof-Next`. */
  offersNext: boolean;
  /** The device it names, if not the caller's own. */
  nextJkt: string | null;
  /** Paths that ask for a proof. */
  protectedPath: string;
  /** Refusals to give before good proofs are taken. */
  refusals: { status: number; code: string }[];
  refusalHeaders: Record<string, string>;
  answer: Answer;
  answerChallenge: Answer | null;
};

export function sendProblem(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  const error = { message: code, type: 'weighbridge', code };
  response.end(JSON.stringify({ title: code, detail: code, code, retryable: false, error }));
}

export const sendJson = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

export async function startProofGateway(given: Partial<Settings> = {}): Promise<ProofGateway> {
  const settings: Settings = {
    bits: 3,
    lifeSeconds: 90,
    notBeforeSeconds: 0,
    namesDevice: true,
    offersNext: false,
    nextJkt: null,
    allowsAhead: true,
    human: null,
    protectedPath: '/',
    refusals: [],
    refusalHeaders: {},
    answer: (call, response) => sendJson(response, { bytes: call.body.length }),
    answerChallenge: null,
    ...given,
  };
  const calls: SeenCall[] = [];
  const questions: SeenQuestion[] = [];
  const spent = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void handle(Buffer.concat(chunks)));
    async function handle(buffer: Buffer): Promise<void> {
      const { method = '', url: path = '', headers } = request;
      const body = new Uint8Array(buffer);
      if (path === '/.well-known/inference-proof/challenge') {
        const asked: Record<string, unknown> = JSON.parse(buffer.toString());
        questions.push({ headers, asked });
        const { jkt: _jkt, ...nothing } = NOTHING;
        const seen = { method, path, headers, body, ...nothing };
        if (settings.answerChallenge) return settings.answerChallenge(seen, response);
        const pass = typeof asked['pass'] === 'string' ? asked['pass'] : null;
        const ahead = asked['bind'] === 'signature';
        const challenges = [issue(settings, { jkt: String(asked['jkt'] ?? ''), ahead, pass })];
        const { lifeSeconds: expiresInSeconds, human } = settings;
        return sendJson(response, { challenges, expiresInSeconds, ...(human && { human }) });
      }
      const { jkt, ...verdict } = await judge({ method, headers, body }, settings, spent);
      const call: SeenCall = { method, path, headers, body, ...verdict };
      calls.push(call);
      const nextRefusal = call.proof === 'ok' ? settings.refusals[0] : undefined;
      const isTaken = call.proof === 'ok' && nextRefusal === undefined;
      const pass = call.humanToken === null ? call.pass : (settings.human?.pass ?? null);
      if (settings.offersNext) {
        const wish = { jkt: settings.nextJkt ?? jkt, ahead: isTaken, pass };
        response.setHeader('Inference-Proof-Next', issue(settings, wish));
      }
      if (isTaken && call.humanToken !== null && pass !== null) {
        response.setHeader('Inference-Proof-Pass', pass);
      }
      const refusal = call.proof === 'none' ? undefined : settings.refusals.shift();
      if (refusal) {
        for (const [name, value] of Object.entries(settings.refusalHeaders)) {
          response.setHeader(name, value);
        }
        return sendProblem(response, refusal.status, refusal.code);
      }
      if (path.startsWith(settings.protectedPath) && call.proof !== 'ok') {
        const [status, code] =
          call.proof === 'none' ? [401, 'proof_required'] : [403, 'proof_rejected'];
        return sendProblem(response, Number(status), String(code));
      }
      settings.answer(call, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    questions,
    settings,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
