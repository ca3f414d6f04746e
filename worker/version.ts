// The version of the gateway, as released.

export const VERSION = '0.1.0';
