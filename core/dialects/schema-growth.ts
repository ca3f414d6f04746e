// How much longer a JSON schema is when each `$ref` stands for what it names. Gemini follows them
// (ai.google.dev/gemini-api/docs/structured-output), and what it then reads is input: ten
// definitions of two references each, one in the other, are a thousand.

/** More than any model takes: past this it does not matter how much more. */
const CHARS_MAX = 10_000_000;
/** Of what is looked at, references followed; no real schema comes near. */
const VALUES_MAX = 200_000;
/** Any number, true, false, null; and what stands round a member of an object. */
const PLAIN_CHARS = 24;
/** A definition inside of itself is unrolled "to a limited degree". */
const ROUNDS = 4;

const isSchema = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The part of the schema that `#/a/b` names; null if there is none. */
function namedBy(pointer: string, root: object): unknown {
  let at: unknown = root;
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isSchema(at) || !Object.hasOwn(at, name)) return null;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

class Growth {
  readonly #root: object;
  /** By pointer; null while it is being measured. */
  readonly #known = new Map<string, number | null>();
  #values = 0;
  isRecursive = false;

  constructor(root: object) {
    this.#root = root;
  }

  get hasReferences(): boolean {
    return this.#known.size > 0;
  }

  /** Characters of it with every reference followed. */
  chars(value: unknown): number {
    this.#values += 1;
    if (this.#values > VALUES_MAX) return CHARS_MAX;
    if (typeof value === 'string') return value.length + PLAIN_CHARS;
    if (!isSchema(value)) return PLAIN_CHARS;
    let chars = PLAIN_CHARS;
    for (const [name, inner] of Object.entries(value)) {
      chars += name.length + PLAIN_CHARS + this.chars(inner);
      if (name === '$ref' && typeof inner === 'string') chars += this.#followed(inner);
      if (chars >= CHARS_MAX) return CHARS_MAX;
    }
    return chars;
  }

  #followed(pointer: string): number {
    const known = this.#known.get(pointer);
    if (known === null) this.isRecursive = true;
    if (known !== undefined) return known ?? 0;
    this.#known.set(pointer, null);
    const chars = pointer.startsWith('#') ? this.chars(namedBy(pointer, this.#root)) : 0;
    this.#known.set(pointer, chars);
    return chars;
  }
}

/** Characters that following the references adds, at most; none where there are none. */
export function schemaGrowth(schema: unknown): number {
  if (!isSchema(schema)) return 0;
  const growth = new Growth(schema);
  const chars = growth.chars(schema);
  if (!growth.hasReferences && chars < CHARS_MAX) return 0;
  return Math.min(CHARS_MAX, growth.isRecursive ? chars * ROUNDS : chars);
}
