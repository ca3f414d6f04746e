// Which of the two would be sent?

import { bad } from '../base.ts';
import { WEATHER } from '../tools.ts';

export default bad({ tools: [WEATHER, { ...WEATHER, description: 'Another.' }] }, [
  'tools[1].name',
  'another tool',
]);
