// Tools as the policy describes them, at a price, and what becomes of those of callers.

import { policyWith } from '../base.ts';
import { WEATHER } from '../tools.ts';

export default policyWith({
  plans: [{ id: 'free', callers: ['device'] }, { id: 'pro' }],
  tools: [
    { ...WEATHER, usdPerCall: '0.001' },
    { ...WEATHER, name: 'news' },
  ],
  'routes.0.tools': { callers: 'pinned', names: ['weather'], callsPerAnswerMax: 4, inputs: 'cut' },
  'routes.0.system': { callers: 'fence', text: 'You sell bicycles.' },
  'routes.0.plans': {
    free: { tools: { callers: 'refuse' } },
    pro: {
      tools: { callers: 'filter', names: ['news', 'anything'] },
      system: { callers: 'allow' },
    },
  },
});
