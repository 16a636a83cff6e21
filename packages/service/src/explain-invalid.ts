import type { RouteOptions } from 'fastify';
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';

/** An error of Ajv with `verbose`. */
interface Invalid extends FastifySchemaValidationError {
  readonly parentSchema?: { readonly properties?: object };
}

/** Makes a route refuse query parameters that its schema doesn't list, which are misspelt ones. Files may have any, such as a version. */
export function refuseUnknownParameters(route: RouteOptions): void {
  if (route.url.endsWith('*')) return;
  const listed = route.schema?.querystring ?? { type: 'object', properties: {} };
  route.schema = { ...route.schema, querystring: { additionalProperties: false, ...listed } };
}

/** The error for a request that its schema doesn't accept. An unknown query parameter or property is named, with those that there are. */
export function explainInvalid(errors: FastifySchemaValidationError[], part: string): Error {
  return new Error(errors.map((error) => explain(error, part)).join(', '));
}

function explain(error: Invalid, part: string): string {
  const { keyword, params, instancePath, message = 'is invalid', parentSchema } = error;
  if (keyword !== 'additionalProperties') return `${part}${instancePath} ${message}`;
  const name = JSON.stringify(params['additionalProperty']);
  const known = Object.keys(parentSchema?.properties ?? {}).join(', ') || 'none';
  return part === 'querystring'
    ? `there's no query parameter ${name}; known: ${known}`
    : `${part}${instancePath} has no property ${name}; known: ${known}`;
}
