/**
 * The error bodies of the emulated provider, in OpenAI's shape and close to its own wording.
 * It names no gateway and bills nothing.
 */
import type { ProviderError } from '../dialect.ts';

export function providerError(status: number, error: OpenAiError): ProviderError {
  return { status, body: { error } };
}

export type OpenAiError = {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
};

export function invalidRequest(
  message: string,
  param: string | null = null,
  code: string | null = null,
): ProviderError {
  return providerError(400, { message, type: 'invalid_request_error', param, code });
}

export function missingKey(): ProviderError {
  const message =
    "You didn't provide an API key. You need to provide your API key in an Authorization header " +
    'using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).';
  return providerError(401, { message, type: 'invalid_request_error', param: null, code: null });
}

/** OpenAI hides the middle of the key; this one does not, to show who passes it on. */
export function wrongKey(key: string): ProviderError {
  return providerError(401, {
    message:
      `Incorrect API key provided: ${key}. ` +
      'You can find your API key at https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  });
}

export function wrongType(param: string, expected: string): ProviderError {
  return invalidRequest(`Invalid value for '${param}': expected ${expected}.`, param);
}

export function unparsable(): ProviderError {
  return invalidRequest('We could not parse the JSON body.');
}

export function missingModel(): ProviderError {
  return invalidRequest('you must provide a model parameter');
}

export function unknownModel(model: string): ProviderError {
  return providerError(404, {
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  });
}

export function unknownUrl(method: string, path: string): ProviderError {
  const message = `Invalid URL (${method} ${path})`;
  return providerError(404, { message, type: 'invalid_request_error', param: null, code: null });
}

export function wrongMethod(method: string, path: string): ProviderError {
  const message =
    `Not allowed to ${method} on ${path}. ` +
    '(HINT: Perhaps you meant to use a different HTTP method?)';
  return providerError(405, { message, type: 'invalid_request_error', param: null, code: null });
}

export function bodyTooLarge(bodyBytesMax: number): ProviderError {
  const message = `The request body is larger than ${bodyBytesMax} bytes.`;
  return providerError(413, { message, type: 'invalid_request_error', param: null, code: null });
}

export function rateLimited(model: string): ProviderError {
  return providerError(429, {
    message: `Rate limit reached for ${model} on requests per min. Please try again in 1s.`,
    type: 'requests',
    param: null,
    code: 'rate_limit_exceeded',
  });
}

export function serverError(): ProviderError {
  const message =
    'The server had an error while processing your request. Sorry about that! ' +
    'You can retry your request.';
  return providerError(500, { message, type: 'server_error', param: null, code: null });
}
