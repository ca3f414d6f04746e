// Real origins, and the gateway before all of them as it is on a zone. The same bytes can be sent
// to an origin directly, which says what its server makes of them, and through the gateway.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAssets, buildWorker } from '../../local/build.ts';
import { inRoot } from '../../local/paths.ts';
import { providerBindings } from '../../local/provider-bindings.ts';
import { localSecrets } from '../../local/secrets.ts';
import { GATEWAY_OBJECTS, startWorkerd } from '../../local/workerd.ts';
import { RawConnection } from './raw-requests.ts';
import { type Reached, type RealOrigin, startRealOrigins } from './real-origins.ts';
import { type Asking, requestText } from './spellings.ts';

/** Nothing listens there: a call that went to a provider would fail. */
const NO_PROVIDER = 'http://127.0.0.1:9';

export type Seen = { readonly status: number; readonly reached: Reached | null };

/** One who asks, on connections of its own, one request after the other. */
export type Asker = {
  directly(origin: RealOrigin, asking: Asking, target: string): Promise<Seen>;
  through(origin: RealOrigin, asking: Asking, target: string): Promise<Seen>;
  leave(): void;
};

export type PathLab = {
  readonly origins: readonly RealOrigin[];
  asker(): Asker;
  close(): Promise<void>;
};

/**
 * What workerd makes of a request line's target, whichever Worker passes it on: no server gets a
 * fragment, or more of a URL than its path (RFC 9112, section 3.2), and segments of one dot go.
 */
function asForwarded(target: string): string {
  const own = target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
  const [path = '', ...query] = own.split('?');
  const plain = path.replace(/(?:\/\.)+(?=\/)/g, '').replace(/\/\.$/, '/');
  return [plain, ...query].join('?');
}

/** What breaks the promise, or null: a protected handler is reached, or a target is another. */
export function breachOf({ reached }: Seen, target: string): string | null {
  if (reached === null) return null;
  if (reached.handler === 'protected') return 'reached the protected handler';
  return reached.target === asForwarded(target)
    ? null
    : `arrived as ${JSON.stringify(reached.target)}`;
}

export async function startPathLab(): Promise<PathLab> {
  const origins = await startRealOrigins();
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-paths-'));
  const workerFile = join(folder, 'worker', 'index.js');
  const stateDirectory = join(folder, 'state');
  const policyFile = inRoot('test/support/policy.ts');
  await buildAssets();
  await buildWorker({ outputFile: workerFile, policyFile });
  const gateway = await startWorkerd({
    workerFile,
    port: 0,
    stateDirectory,
    objects: GATEWAY_OBJECTS,
    // Not local: what nothing protects goes on to the host it names.
    bindings: {
      ...(await localSecrets(stateDirectory)),
      ...(await providerBindings(policyFile, {}, NO_PROVIDER)),
    },
  });
  let asked = 0;
  function asker(): Asker {
    const connections = new Map<number, RawConnection>();
    const send = async (
      port: number,
      origin: RealOrigin,
      asking: Asking,
      target: string,
    ): Promise<Seen> => {
      const id = String((asked += 1));
      const connection = connections.get(port) ?? new RawConnection(port);
      connections.set(port, connection);
      const headers = { Host: `127.0.0.1:${String(origin.port)}`, 'X-Case': id };
      const { status } = await connection.ask(requestText(asking, target, headers));
      return { status, reached: origins.taken(id) };
    };
    return {
      directly: (origin, asking, target) => send(origin.port, origin, asking, target),
      through: (origin, asking, target) => send(gateway.port, origin, asking, target),
      leave() {
        for (const connection of connections.values()) connection.close();
      },
    };
  }
  return {
    origins: origins.all,
    asker,
    async close() {
      await gateway.stop();
      await origins.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
