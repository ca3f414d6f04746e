// The route's model for a request that names none: the small one, if the operator says so.

import { ok } from '../result.ts';
import type { Edit } from './edit.ts';

export const defaultModel: Edit = {
  name: 'default-model',
  edit(json, { defaultModel: model, dialect }) {
    // Where the path names the model there is no field for it.
    if (model === null || dialect.targetPattern !== undefined || json['model'] !== undefined) {
      return ok(null);
    }
    return ok({
      json: { ...json, model },
      changes: [{ field: 'model', from: null, to: model }],
    });
  },
};
