// Plain HTTP and a port, for local work.

import { policyWith } from '../base.ts';

export default policyWith({
  'providers.0.baseUrl': 'http://127.0.0.1:8788',
  corsOrigins: ['http://localhost:5173', 'https://app.example'],
});
