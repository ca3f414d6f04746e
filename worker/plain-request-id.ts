// A request id for an answer that has no call behind it. It has the shape of every other one.

import { toBase64Url } from '../core/bytes.ts';
import { callKey, formatRequestId } from '../core/ledger/call-key.ts';
import type { Deps } from './env.ts';

export const plainRequestId = (deps: Pick<Deps, 'nowMs' | 'randomBytes'>): string =>
  formatRequestId({
    key: callKey(deps.nowMs(), deps.randomBytes(16)),
    attempt: toBase64Url(deps.randomBytes(6)),
    epoch: 0,
    shard: 0,
  });
