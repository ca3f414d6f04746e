// What of zod the Worker uses: zod/mini's parsers with the chained methods of zod's own schemas. It
// stands in place of `zod` in every build (`alias`), as no bundler can see which methods nobody
// calls: string formats, codecs and the writer of JSON Schema were half of zod. It has no rule of
// its own; `test/policy/lean-zod.test.ts` holds it to zod. A method that it lacks fails at loading.

import { en } from 'zod/locales';
import * as mini from 'zod/mini';
import { $constructor, $ZodPreprocess, type $RefinementCtx, type $ZodRawIssue } from 'zod/v4/core';

// prettier-ignore
export {
  array, boolean, custom, discriminatedUnion, enum, int, iso, literal, looseObject, NEVER, never,
  null, number, object, partialRecord, record, strictObject, string, tuple, union, unknown, url,
} from 'zod/mini';

// Whose words a refusal quotes.
mini.config(en());

type Schema = mini.ZodMiniType;
type Said = Parameters<typeof mini.refine>[1];
type Kind = { readonly init: (schema: Schema, form: never) => void };
type Transform = (value: unknown, context: $RefinementCtx) => unknown;

/** As zod's own schema of this kind: mini's does not say `addIssue`. */
const transformBy = (transform: Transform): Schema =>
  mini.transform((value: unknown, payload) => {
    const addIssue: $RefinementCtx['addIssue'] = (issue) => {
      const raw = typeof issue === 'string' ? { code: 'custom', message: issue } : issue;
      payload.issues.push({ input: value, ...raw } as $ZodRawIssue);
    };
    return transform(value, Object.assign(payload, { addIssue }) as $RefinementCtx);
  });

const Preprocess = $constructor('ZodMiniPreprocess', (schema: Schema, form: never) => {
  for (const kind of [mini.ZodMiniPipe, $ZodPreprocess] as unknown[] as Kind[]) {
    kind.init(schema, form);
  }
});

export const preprocess = (transform: Transform, out: Schema): Schema =>
  new Preprocess({ type: 'pipe', in: transformBy(transform), out } as never);

const onAll = {
  optional(this: Schema) {
    return mini.optional(this);
  },
  nullable(this: Schema) {
    return mini.nullable(this);
  },
  nullish(this: Schema) {
    return mini.nullish(this);
  },
  refine(this: Schema, isFine: (value: unknown) => unknown, said?: Said) {
    return this.check(mini.refine(isFine, said));
  },
  superRefine(this: Schema, judge: (value: unknown, context: $RefinementCtx) => void) {
    return this.check(mini.superRefine(judge));
  },
  transform(this: Schema, transform: Transform) {
    return mini.pipe(this, transformBy(transform) as never);
  },
  pipe(this: Schema, out: Schema) {
    return mini.pipe(this, out as never);
  },
  default(this: Schema, value: never) {
    return mini._default(this, value);
  },
  catch(this: Schema, value: unknown) {
    return new mini.ZodMiniCatch({ type: 'catch', innerType: this, catchValue: () => value });
  },
};

/** A method that adds this check. */
const checking = <Given extends readonly unknown[]>(check: (...given: Given) => unknown) =>
  function (this: Schema, ...given: Given): Schema {
    return this.check(check(...given) as never);
  };

const onSized = {
  min: checking(mini.minLength),
  max: checking(mini.maxLength),
  length: checking(mini.length),
};
const onText = {
  ...onSized,
  regex: checking(mini.regex),
  startsWith: checking(mini.startsWith),
  endsWith: checking(mini.endsWith),
  trim: checking(mini.trim),
  toLowerCase: checking(mini.toLowerCase),
};
const onNumber = {
  min: checking(mini.gte),
  max: checking(mini.lte),
  gt: checking(mini.gt),
  lt: checking(mini.lt),
  int: checking(mini.int),
};
const onObject = {
  extend(this: mini.ZodMiniObject, shape: Readonly<Record<string, Schema>>) {
    return mini.extend(this, shape);
  },
  pick(this: mini.ZodMiniObject, mask: Readonly<Record<string, true>>) {
    return mini.pick(this, mask);
  },
  partial(this: mini.ZodMiniObject) {
    return mini.partial(this);
  },
};

const METHODS: readonly (readonly [readonly { prototype: unknown }[], object])[] = [
  [
    [mini.ZodMiniString, mini.ZodMiniURL, mini.iso.ZodMiniISODate, mini.iso.ZodMiniISODateTime],
    onText,
  ],
  [[mini.ZodMiniNumber, mini.ZodMiniNumberFormat], onNumber],
  [[mini.ZodMiniArray], onSized],
  [[mini.ZodMiniObject], onObject],
  [
    // prettier-ignore
    [
      mini.ZodMiniBoolean, mini.ZodMiniNull, mini.ZodMiniUnknown, mini.ZodMiniNever,
      mini.ZodMiniUnion, mini.ZodMiniDiscriminatedUnion, mini.ZodMiniTuple, mini.ZodMiniRecord,
      mini.ZodMiniEnum, mini.ZodMiniLiteral, mini.ZodMiniOptional, mini.ZodMiniNullable,
      mini.ZodMiniDefault, mini.ZodMiniCatch, mini.ZodMiniPipe, mini.ZodMiniCustom, Preprocess,
    ],
    {},
  ],
];

// Hidden, or zod would bind them to every schema it makes.
for (const [kinds, methods] of METHODS) {
  for (const { prototype } of kinds) {
    for (const [name, value] of Object.entries({ ...onAll, ...methods })) {
      Object.defineProperty(prototype, name, { value });
    }
  }
}
