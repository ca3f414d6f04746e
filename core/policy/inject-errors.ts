// What contradicts itself in the pages that the gateway writes its script tag into: a protected
// path that no route serves, or pages that never pass through.

import type { PolicyError } from './policy.ts';
import type { PolicySource } from './schema.ts';

export function injectErrors({ injectClient, routes, unprotected }: PolicySource): PolicyError[] {
  if (injectClient === undefined) return [];
  const errors: PolicyError[] = [];
  const paths = new Set(routes.map(({ path }) => path));
  injectClient.protect.forEach((path, index) => {
    const at = `injectClient.protect[${String(index)}]`;
    if (!paths.has(path)) errors.push({ path: at, sentence: `no route has the path "${path}"` });
    if (injectClient.protect.indexOf(path) !== index) {
      errors.push({ path: at, sentence: `"${path}" stands here twice` });
    }
  });
  if (unprotected === 'refuse') {
    const sentence = 'no page passes while unprotected is "refuse"';
    errors.push({ path: 'injectClient', sentence });
  }
  return errors;
}
