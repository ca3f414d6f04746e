// A misspelt property that is required: the model could never call it.

import { bad } from '../base.ts';
import { WEATHER } from '../tools.ts';

const parameters = { ...WEATHER.parameters, required: ['ctiy'] };

export default bad({ tools: [{ ...WEATHER, parameters }] }, [
  'tools[0].parameters',
  'nothing fits',
]);
