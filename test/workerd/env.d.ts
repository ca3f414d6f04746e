// What `vitest.workerd.config.ts` binds for the tests inside workerd.

declare namespace Cloudflare {
  interface Env {
    readonly PRINCIPAL_LEDGER: DurableObjectNamespace<
      import('../../durable-objects/principal-ledger.ts').PrincipalLedger
    >;
    readonly EDGE_SHARD: DurableObjectNamespace<
      import('../../durable-objects/edge-shard.ts').EdgeShard
    >;
    /** How many settled calls the history test puts behind a principal. */
    readonly HISTORY_CALLS: string;
  }
}
