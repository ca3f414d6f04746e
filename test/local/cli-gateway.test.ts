// Where the operator's token goes. What breaks if this fails: it is sent in the clear, to whom a
// redirect names, or to a program that took the port of a gateway that is gone.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Ending } from '../../cli/ending.ts';
import { Gateway, gatewayOrigin } from '../../cli/gateway.ts';
import { announce, runningGateway } from '../../local/running.ts';
import { lockState } from '../../local/state-lock.ts';
import { runCli } from '../support/cli.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const TOKEN = 'a-token-that-is-nobodys';
const at = (url: string): Gateway => new Gateway(url, () => Promise.resolve(TOKEN));

const endingOf = async (act: Promise<unknown>): Promise<Ending> => {
  const cause = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (cause instanceof Ending) return cause;
  throw new Error(`no ending: ${String(cause)}`);
};

describe('a gateway', () => {
  it.each([
    'https://ai.example.com',
    'https://ai.example.com/',
    'https://ai.example.com:8443',
    'http://127.0.0.1:8787',
    'http://localhost:8787',
    'http://[::1]:8787',
  ])('is %s', (url) => {
    expect(gatewayOrigin(url)).toBe(url.replace(/\/$/, ''));
  });

  it.each([
    'http://ai.example.com',
    'http://10.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://0.0.0.0:8787',
    'https://user:word@ai.example.com',
    'http://127.0.0.1@ai.example.com',
    'https://ai.example.com/elsewhere',
    'https://ai.example.com/?q',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'ai.example.com',
    '',
  ])('is not %s', (url) => {
    expect(() => gatewayOrigin(url)).toThrow(Ending);
  });
});

describe('the token', () => {
  it('is not carried on to where a redirect points', async () => {
    const heard: (string | undefined)[] = [];
    const elsewhere = await serve((request, response) => {
      heard.push(request.headers.authorization);
      response.end('{}');
    });
    const url = await serve((_, response) => {
      response.writeHead(307, { Location: `${elsewhere}/` }).end();
    });
    const ending = await endingOf(at(url).get('/switches'));
    expect(ending.code).toBe(3);
    expect(heard).toEqual([]);
    // Followed, as fetch does by itself, it reaches the other one.
    await fetch(url, { headers: { Authorization: TOKEN } });
    expect(heard).toHaveLength(1);
  });

  it('is not shown to whoever asks for health', async () => {
    let heard: string | undefined = 'nothing';
    const url = await serve((request, response) => {
      heard = request.headers.authorization;
      response.end('{}');
    });
    await at(url).health();
    expect(heard).toBeUndefined();
  });

  it('is never an argument, and is not repeated where it was one', async () => {
    const run = await runCli(['switches', '--token=abcdefgh', '--gateway', 'https://a.example']);
    expect(run.code).toBe(2);
    expect(run.output + run.complaints).not.toContain('abcdefgh');
  });

  it('is not in the JSON that a wrong command answers with either', async () => {
    const run = await runCli(['switches', '--tokn=abcdefgh']);
    expect(run.json()['exitCode']).toBe(2);
    expect(run.json()['error']).toContain("unknown option '--tokn=…'");
    const text = await runCli(['swiches', '--text']);
    expect([text.code, text.output]).toEqual([2, '']);
    expect((await runCli([])).json()).toEqual({ error: 'Say a verb.', exitCode: 2 });
  });

  it('of another gateway is not sent to the one that runs here', async () => {
    const heard: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      heard.push(request.headers.authorization);
      response.end('{"switches":[]}');
    });
    const state = await mkdtemp(join(tmpdir(), 'weighbridge-cli-'));
    await writeFile(join(state, 'secrets.json'), '{"WEIGHBRIDGE_ADMIN_TOKEN":"of-this-state"}');
    const unlock = await lockState(state);
    const takeBack = await announce(state, { gateway: url, emulator: url, policyFile: 'x' });
    const env = { WEIGHBRIDGE_ADMIN_TOKEN: TOKEN };
    const run = await runCli(['switches', '--state', state], { env });
    expect([run.code, heard]).toEqual([0, ['Bearer of-this-state']]);
    unlock();
    // Another process may listen there by now.
    expect(await runningGateway(state)).toBeNull();
    takeBack();
    expect(await runningGateway(state)).toBeNull();
    expect((await runCli(['switches', '--state', state], { env })).code).toBe(2);
    await rm(state, { recursive: true });
  });

  it('comes from stdin where that is asked for', async () => {
    const heard: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      heard.push(request.headers.authorization);
      response.end('{"switches":[]}');
    });
    const args = ['switches', '--gateway', url, '--token-stdin'];
    expect((await runCli(args, { input: `${TOKEN}\nrest` })).code).toBe(0);
    expect(heard).toEqual([`Bearer ${TOKEN}`]);
    expect((await runCli(args, { input: '' })).code).toBe(2);
  });
});

describe('a name', () => {
  it.each(['..', '.', '%2e%2e'])('as %s leads to no other place', async (name) => {
    const asked: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url);
      response.end('{}');
    });
    const ending = await endingOf(at(url).ask('DELETE', `/keys/${name}`));
    expect([ending.code, asked]).toEqual([2, []]);
  });
});

describe('an answer', () => {
  it.each([
    ['is no JSON', 200, 'hello', 3],
    ['is too long', 200, `"${'a'.repeat(9 * 1_024 * 1_024)}"`, 3],
    ['is a refusal', 422, '{"title":"No","detail":"no\\u001b[2J"}', 1],
    ['is a fault', 500, '{"title":"Fault"}', 1],
  ])('that %s ends with its own code', async (_, status, body, code) => {
    const url = await serve((_request, response) => {
      response.writeHead(status).end(body);
    });
    const ending = await endingOf(at(url).get('/switches'));
    expect(ending.code).toBe(code);
    expect(ending.message).not.toContain('\u001b');
  });

  it('that never comes is told as such', async () => {
    expect((await endingOf(at('http://127.0.0.1:1').get('/switches'))).code).toBe(3);
  });
});

describe('a process that is gone', () => {
  it('runs no gateway, whatever its file says', async () => {
    const state = await mkdtemp(join(tmpdir(), 'weighbridge-cli-'));
    const said = { gateway: 'http://127.0.0.1:1', emulator: '', policyFile: '', pid: 2 ** 22 + 1 };
    await writeFile(join(state, 'running.json'), JSON.stringify(said));
    expect(await runningGateway(state)).toBeNull();
    await writeFile(join(state, 'running.json'), '{"pid":');
    expect(await runningGateway(state)).toBeNull();
    await rm(state, { recursive: true });
  });
});
