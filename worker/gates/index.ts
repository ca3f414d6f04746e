// The gates, in order: cheap before dear. The position of a line is its place in the request path.

import { apiKey } from './api-key.ts';
import { edit } from './edit.ts';
import { envelope } from './envelope.ts';
import type { Gate } from './gate.ts';
import { models } from './models.ts';
import { plan } from './plan.ts';
import { price } from './price.ts';
import { proof } from './proof.ts';
import { read } from './read.ts';
import { shape } from './shape.ts';
import { signer } from './signer.ts';
import { subject } from './subject.ts';
import { token } from './token.ts';

export const GATES = [
  apiKey,
  envelope,
  token,
  signer,
  subject,
  plan,
  read,
  edit,
  shape,
  models,
  price,
  proof,
] as const satisfies readonly Gate[];
