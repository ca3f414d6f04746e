// The edge in front of the gateway on this machine. Cloudflare's front end tells a Worker at once
// that its caller is gone; bare workerd sees an orderly close only at its next write, which for an
// answer that has not begun is too late. This passes bytes both ways and turns a caller's close
// into a reset. It reads nothing and changes nothing.

import { readSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';

export type Front = {
  readonly port: number;
  /** Where the gateway listens now; it may have been restarted. */
  pointAt(port: number): void;
  close(): Promise<void>;
};

const READ_BYTES = 65_536;

/**
 * What the gateway said before it hung up and nobody has read yet. A gateway that refuses a long
 * upload half-way answers and closes; the next write then fails, and Node gives a socket up without
 * reading what has arrived. The caller would see a broken connection instead of the refusal.
 */
function lastWords(gateway: Socket): Buffer[] {
  const handle = (gateway as Socket & { readonly _handle?: { readonly fd?: number } | null })
    ._handle;
  const words: Buffer[] = [];
  try {
    for (;;) {
      const bytes = Buffer.alloc(READ_BYTES);
      const length = readSync(handle?.fd ?? -1, bytes);
      if (length === 0) return words;
      words.push(bytes.subarray(0, length));
    }
  } catch {
    return words;
  }
}

function join(caller: Socket, gatewayPort: number): void {
  // The gateway sees the caller's own loopback address, so that it can tell callers apart.
  const localAddress = caller.remoteAddress ?? '127.0.0.1';
  const gateway = connect({ host: '127.0.0.1', port: gatewayPort, localAddress });
  caller.setNoDelay(true);
  gateway.setNoDelay(true);
  caller.pipe(gateway, { end: false });
  gateway.pipe(caller);
  const leave = (): void => {
    if (!gateway.destroyed) gateway.resetAndDestroy();
  };
  caller.on('end', leave);
  caller.on('close', leave);
  caller.on('error', leave);
  let answered = false;
  const close = gateway._destroy.bind(gateway);
  gateway._destroy = (cause, done) => {
    // Bytes that wait for a slow caller are lost with the socket: nothing may follow them.
    const whole = gateway.readableLength === 0;
    const words = cause === null || !whole ? [] : lastWords(gateway);
    for (const bytes of words) caller.write(bytes);
    answered = whole && (gateway.bytesRead > 0 || words.length > 0);
    close(cause, done);
  };
  gateway.on('error', () => {
    if (answered) caller.resume().end();
    else if (!caller.destroyed) caller.resetAndDestroy();
  });
  gateway.on('close', () => {
    caller.end();
  });
}

export async function startFront(port: number, gatewayPort: number): Promise<Front> {
  let target = gatewayPort;
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: false }, (caller) => {
    sockets.add(caller);
    caller.on('close', () => sockets.delete(caller));
    join(caller, target);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', 4_096, () => {
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    pointAt(next) {
      target = next;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
