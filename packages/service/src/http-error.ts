import { STATUS_CODES } from 'node:http';

/** An error for a handler or hook to throw: the client gets the status code, its phrase and the message. */
export function httpError(
  statusCode: number,
  message: string,
  options?: ErrorOptions,
): Error & { readonly statusCode: number } {
  const name = STATUS_CODES[statusCode] ?? 'Error';
  return Object.assign(new Error(message, options), { name, statusCode });
}
