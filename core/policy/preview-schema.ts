// Deployments that come and go, as the operator writes them: by which suffix their pages are known,
// and what these may spend together. Who may publish under a suffix decides who they are, so one
// that is everybody's is refused.

import * as z from 'zod';
import { list } from './limit-schema.ts';
import { HOST_CHARS_MAX, LABEL } from './previews.ts';
import { slug } from './schema-words.ts';

const SUFFIX = new RegExp(`^(?:\\.${LABEL}){2,10}$`);

/** Where anybody publishes: not all of these, only those that are written by mistake. */
const EVERYBODYS = new RegExp(
  String.raw`^\.(?:(?:firebase|heroku|amplify)app\.com|(?:vercel|netlify|web)\.app|` +
    String.raw`(?:pages|workers|fly|deno)\.dev|(?:github|gitlab)\.io|onrender\.com|` +
    String.raw`azurestaticapps\.net|(?:com?|org|net|ac|gov)\.[a-z]{2})$`,
);

export const preview = z.strictObject({
  id: slug,
  suffix: z
    .string()
    .max(HOST_CHARS_MAX)
    .regex(SUFFIX, 'write a suffix of two labels or more, such as ".preview.example"')
    .refine(
      (suffix) => !EVERYBODYS.test(suffix),
      'anybody may publish under it: write a longer one',
    ),
  /** Of all its pages together; at least one in dollars. */
  limits: list,
});
