// Tells the gateway that a run has used nothing. A run that made no step and reported nothing is
// charged all that was held for it, because silence must not be cheaper than the truth.

export async function reportNothing(gateway: string, grant: string): Promise<void> {
  const answer = await fetch(`${gateway}/_weighbridge/usage`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${grant}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: 'nothing', nanoUsd: 0 }),
  });
  if (!answer.ok) console.error(`usage: ${String(answer.status)} ${await answer.text()}`);
}
