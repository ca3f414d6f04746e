// What a dialect knows of conversations, where it knows anything.

import type { Chained, Dialect } from '../../core/dialects/dialect.ts';
import { present } from '../../core/result.ts';

export const chained = ({ conversation }: Dialect): Chained =>
  present(conversation, 'conversation');
