// What a caller hears whose plan does not have what it asks for.

import type { Denial } from './denial.ts';
import type { Sentence } from './sentences.ts';

const NEEDS = { verified: 'a verified account', paid: 'a paid plan' } as const;

export function planRequired({
  plans,
  needs,
  model,
}: Extract<Denial, { kind: 'plan-required' }>): Sentence {
  const what = model === undefined ? 'This route' : `The model "${model}"`;
  const asked = [
    ...needs.map((need) => NEEDS[need]),
    ...(plans.length === 0 ? [] : [`one of the plans ${plans.join(', ')}`]),
  ];
  return {
    status: 403,
    title: 'Not in your plan',
    detail: `${what} needs ${asked.join(' or ')}.`,
  };
}
