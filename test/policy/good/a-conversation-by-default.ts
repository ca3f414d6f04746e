// A route that takes only history of its own making, with the defaults and in so many words.

import { policyWith, ROUTE } from '../base.ts';

export default policyWith({
  routes: [
    { ...ROUTE, conversation: {} },
    {
      ...ROUTE,
      id: 'long-chat',
      path: '/api/long-chat',
      conversation: { branchesMax: 64, hoursMax: 720 },
    },
  ],
});
