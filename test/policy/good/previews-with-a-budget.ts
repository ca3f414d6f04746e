// Deployments under two suffixes, each with a budget of its own, beside a page by its name.

import { policyWith } from '../base.ts';

export default policyWith({
  corsOrigins: ['https://app.example'],
  previews: [
    { id: 'pages', suffix: '.app.pages.dev', limits: [{ window: 'day', usd: '1' }] },
    {
      id: 'staging',
      suffix: '.preview.app.example',
      limits: [
        { window: 'hour', usd: '0.20' },
        { window: 'day', requests: 100 },
      ],
    },
  ],
});
