// May a script of our own run in a page of this Content-Security-Policy (CSP Level 3)? Only what
// can be read with certainty counts as a yes; a policy that is enforced is never changed.

export type Permission = {
  /** What the script tag has to carry, or null where it needs none. */
  readonly nonce: string | null;
};

export type Page = {
  /** `https:` */
  readonly scheme: string;
  /** With its port, if the URL names one. */
  readonly host: string;
};

/** From the most telling directive to the least (CSP3, section 6.8.3). */
const DIRECTIVES = ['script-src-elem', 'script-src', 'default-src'] as const;
const NONCE = /^'nonce-([A-Za-z0-9+/_-]+={0,2})'$/i;

/** The sources of one policy's scripts; null where it says nothing of scripts. */
function scriptSources(policy: string): readonly string[] | null {
  const directives = new Map<string, readonly string[]>();
  for (const directive of policy.split(';')) {
    const [name = '', ...sources] = directive.trim().split(/\s+/);
    // Of two directives of one name the first counts.
    if (!directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), sources);
  }
  for (const name of DIRECTIVES) {
    const sources = directives.get(name);
    if (sources !== undefined) return sources;
  }
  return null;
}

const nonceOf = (source: string): string | null => NONCE.exec(source)?.[1] ?? null;

/** Does one source mean the page's own origin, whole? */
function coversOwn(source: string, { scheme, host }: Page): boolean {
  const word = source.toLowerCase();
  const isOwn = word === "'self'" || word === '*' || word === scheme;
  return isOwn || word === host || word === `${scheme}//${host}`;
}

function permits(sources: readonly string[], nonce: string | null, page: Page): boolean {
  if (nonce !== null && sources.some((source) => nonceOf(source) === nonce)) return true;
  // With 'strict-dynamic' the names of hosts and 'self' count for nothing.
  if (sources.some((source) => source.toLowerCase() === "'strict-dynamic'")) return false;
  return sources.some((source) => coversOwn(source, page));
}

/** `header`: as the browser would get it, several policies with commas between them. */
export function scriptPermission(header: string | null, page: Page): Permission | null {
  const lists = (header ?? '').split(',').map(scriptSources);
  const asked = lists.filter((sources) => sources !== null);
  const named = asked.flatMap((sources) => sources.map(nonceOf));
  const nonce = named.find((one) => one !== null) ?? null;
  return asked.every((sources) => permits(sources, nonce, page)) ? { nonce } : null;
}
