// A tool of the policy that is described well, for cases about tools.

export const WEATHER = {
  name: 'weather',
  description: 'How warm it is somewhere.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
} as const;
