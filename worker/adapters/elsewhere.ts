// Waits for what another request is finding out, by looking at what it leaves behind. I/O belongs
// to the request that started it and dies with it, so its promise is never shared.

const LOOK_MS = 20;

/** Until it is done, or might never be. */
export async function elsewhere(isDone: () => boolean, msMax: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < msMax && !isDone(); waitedMs += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
