// The negative control: a gateway as it is usually written. It looks whether there is budget, asks
// the provider, then records what that cost; it looks whether a nonce was seen, then remembers it.
// Nothing is written before the provider was asked. Each step is right and the whole is wrong, and
// the scenarios that the real gateway passes must show it.

import { DurableObject } from 'cloudflare:workers';

type Env = {
  readonly NAIVE_LEDGER: DurableObjectNamespace<NaiveLedger>;
  readonly PROVIDER_URL: string;
  readonly CAP_NANO_USD: string;
  readonly CALL_NANO_USD: string;
};

export class NaiveLedger extends DurableObject<Env> {
  async spent(): Promise<number> {
    return (await this.ctx.storage.get<number>('spent')) ?? 0;
  }

  async record(nanoUsd: number): Promise<void> {
    const before = (await this.ctx.storage.get<number>('spent')) ?? 0;
    await this.ctx.storage.put('spent', before + nanoUsd);
  }

  async seen(nonce: string): Promise<boolean> {
    return (await this.ctx.storage.get(`nonce:${nonce}`)) !== undefined;
  }

  async remember(nonce: string): Promise<void> {
    await this.ctx.storage.put(`nonce:${nonce}`, true);
  }
}

async function callProvider(request: Request, env: Env): Promise<Response> {
  const ledger = env.NAIVE_LEDGER.getByName('ledger');
  const body = await request.text();
  const cost = Number(env.CALL_NANO_USD);
  if ((await ledger.spent()) + cost > Number(env.CAP_NANO_USD)) {
    return new Response('over budget', { status: 402 });
  }
  const answer = await fetch(`${env.PROVIDER_URL}/v1/chat/completions`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sk-emulator', 'Content-Type': 'application/json' },
    body,
  });
  const text = await answer.text();
  await ledger.record(cost);
  return new Response(text, { status: answer.status });
}

async function redeem(request: Request, env: Env): Promise<Response> {
  const ledger = env.NAIVE_LEDGER.getByName('nonces');
  await request.text();
  const nonce = request.headers.get('Nonce') ?? '';
  if (await ledger.seen(nonce)) return new Response('replayed', { status: 401 });
  await ledger.remember(nonce);
  return new Response('accepted');
}

const spent = async (env: Env): Promise<Response> =>
  new Response(String(await env.NAIVE_LEDGER.getByName('ledger').spent()));

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case '/redeem':
        return redeem(request, env);
      case '/spent':
        return spent(env);
      default:
        return callProvider(request, env);
    }
  },
};
