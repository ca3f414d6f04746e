// Headers by which a caller could pass for somebody else, or ask for something else than was
// judged, at a server that believes the proxy before it. Nothing here ever decides about a call;
// this is what no server of the app gets to see.

/** Some servers take `_` for `-`: what would be read as one is one. */
export const plainName = (name: string): string => name.toLowerCase().replaceAll('_', '-');

/** Who calls is not for the caller to say. */
export const CALLER_HEADERS = [
  'forwarded',
  'x-real-ip',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-user',
  'remote-user',
  'x-remote-user',
];

export const CALLER_FAMILIES = [
  'cf-',
  'x-forwarded-',
  'fastly-',
  'x-user-',
  'x-auth-request-',
  'x-authenticated-',
  'x-webauth-',
  'x-ms-client-',
  'x-goog-authenticated-',
  'x-goog-iap-',
  'x-amzn-oidc-',
];

/** For IIS, Symfony and their like another path; for Next.js that its middleware has run. */
export const ANOTHER_PATH = ['x-original-', 'x-rewrite-', 'x-forwarded-uri', 'x-middleware-'];

export const ANOTHER_METHOD = ['x-http-method', 'x-method-override'];
