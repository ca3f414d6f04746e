// The operator's policy is found by name, so that a build can be given another file.
declare module 'weighbridge-policy' {
  import type { PolicySource } from '../core/policy/schema.ts';
  const policy: PolicySource;
  export default policy;
}
