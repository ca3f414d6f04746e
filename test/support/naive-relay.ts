// How not to do it: a relay as one finds it, which tees the provider's stream to count it and never
// notices that the caller has left. It exists so that the disconnect tests can be seen to fail.

type NaiveEnv = { readonly UPSTREAM: string };
type NaiveContext = { waitUntil(work: Promise<unknown>): void };

async function countBytes(body: ReadableStream<Uint8Array>): Promise<number> {
  const reader = body.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes += value.length;
  }
}

export default {
  async fetch(request: Request, env: NaiveEnv, context: NaiveContext): Promise<Response> {
    const answer = await fetch(`${env.UPSTREAM}${new URL(request.url).pathname}`, {
      method: 'POST',
      headers: { Authorization: 'Bearer sk', 'Content-Type': 'application/json' },
      body: await request.text(),
    });
    if (answer.body === null) return answer;
    const [toCaller, toMeter] = answer.body.tee();
    context.waitUntil(countBytes(toMeter));
    return new Response(toCaller, answer);
  },
};
