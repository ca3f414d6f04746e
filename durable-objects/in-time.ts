// Waits for another object's answer, and no longer than it is told. What comes later is nobody's.

export async function inTime<Value>(work: Promise<Value>, msMax: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(msMax)} ms`));
    }, msMax);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
