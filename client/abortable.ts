// Waiting that ends when the caller leaves: a promise raced against an `AbortSignal`. It rejects
// with the signal's own reason, as `fetch` does, and leaves no listener behind.

/** `work`, or the signal's reason as soon as it is aborted. */
export async function abortable<Value>(
  work: Promise<Value>,
  signal: AbortSignal | null,
): Promise<Value> {
  if (signal === null) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves after so long, at once for zero. */
export async function delay(milliseconds: number, signal: AbortSignal | null): Promise<void> {
  if (milliseconds <= 0) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await abortable(elapsed, signal).finally(() => clearTimeout(timer));
}
