// Talks to the support bot of policy.ts as its page does: node talk.ts "Where is my order?" "And
// when?" Every call is proven; the gateway keeps what was said, and tells its id with the first
// answer.

import { createFetch } from '../../dist/client/index.js';

const gateway = process.env['WEIGHBRIDGE_GATEWAY'] ?? 'http://127.0.0.1:8787';
const provenFetch = createFetch({ gateway });

type Answer = { choices: { message: { content: string } }[] };

let conversationId: string | null = null;

async function ask(message: string): Promise<string> {
  const response = await provenFetch(`${gateway}/api/support`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(conversationId === null ? { message } : { message, conversationId }),
  });
  if (response.status === 403 && conversationId !== null) {
    // It was too long ago, or the operator had it forgotten: begin anew.
    conversationId = null;
    return ask(message);
  }
  if (!response.ok) throw new Error(await response.text());
  conversationId = response.headers.get('Weighbridge-Conversation');
  const { choices } = (await response.json()) as Answer;
  return choices[0]?.message.content ?? '';
}

for (const message of process.argv.slice(2)) console.log(await ask(message));
