// The edge in front of the gateway on this machine. Cloudflare's front end tells a Worker at once that
// its caller is gone; bare workerd sees an orderly close only at its next write, which for an answer
// that has not begun is too late. This passes bytes both ways and turns a caller's close into a reset.
// It reads nothing and changes nothing.

import { createServer, connect, type Server, type Socket } from 'node:net';

export type Front = {
  readonly port: number;
  /** Where the gateway listens now; it may have been restarted. */
  pointAt(port: number): void;
  close(): Promise<void>;
};

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
  gateway.on('error', () => {
    if (!caller.destroyed) caller.resetAndDestroy();
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
