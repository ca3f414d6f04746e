// It would look as if it held.

import { bad } from '../base.ts';
import { WEATHER } from '../tools.ts';

const parameters = {
  ...WEATHER.parameters,
  properties: { city: { type: 'string', nullable: true } },
  unevaluatedProperties: false,
};

export default bad(
  { tools: [{ ...WEATHER, parameters }] },
  ['tools[0].parameters.properties.city.nullable', 'not checked here'],
  ['tools[0].parameters.unevaluatedProperties', 'not checked here'],
);
