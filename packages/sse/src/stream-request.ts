import type { FastifyRequest } from 'fastify';
import { createFilter, type Filter } from './filter.ts';
import type { Start } from './resume-point.ts';

/** The names to filter by, with descriptions for the API document. */
export type FilterNames = Readonly<Record<string, { description: string; separator?: string }>>;

const MAX_FILTER_VALUES = 20;
const MAX_NEWEST = 1_000;

/** The JSON Schema of `lastEventId`. */
export const LAST_EVENT_ID = {
  type: 'string',
  description: 'The cursor to resume from, for a first connection. The Last-Event-ID header wins.',
};

/** The JSON Schema of the values of a filter. */
export function filterSchema({ description }: { description: string }) {
  return {
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 500 },
    maxItems: MAX_FILTER_VALUES,
    description,
  };
}

/** The parameter with which a request asks for the log in full: with comments and hidden entries. */
export interface FullParameter {
  readonly name: string;
  /** For the API document. */
  readonly description: string;
}

/** The JSON Schema of a stream's query: start, filters, and whether it's in full. */
export function querySchema(filters: FilterNames, full?: FullParameter) {
  const named = Object.entries(filters).map(([name, filter]) => [name, filterSchema(filter)]);
  return {
    type: 'object',
    properties: {
      lastEventId: LAST_EVENT_ID,
      limit: {
        type: 'integer',
        minimum: 0,
        maximum: MAX_NEWEST,
        description: 'The number of newest entries to begin with. Ignored if there is a cursor.',
      },
      ...Object.fromEntries(named),
      ...(full && {
        [full.name]: { type: 'string', enum: ['1'], description: full.description },
      }),
    },
  };
}

/** A request that `querySchema` has validated. */
export type StreamRequest = FastifyRequest<{
  Querystring: { lastEventId?: string; limit?: number; [filter: string]: unknown };
}>;

/** The response of a stream, for the API document. */
export const STREAM_RESPONSE = {
  200: { description: 'Server-Sent Events', content: { 'text/event-stream': { schema: {} } } },
};

/** The id of the last event that a browser received: from the header, else from the query. */
export function lastEventIdOf({ headers, query }: FastifyRequest): string | undefined {
  const { lastEventId } = query as { lastEventId?: unknown };
  const text = headers['last-event-id'] || lastEventId;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The start that a request asks for. */
export function startOf(request: StreamRequest): Start {
  const { query } = request;
  const text = lastEventIdOf(request);
  if (text !== undefined) return { kind: 'cursor', text };
  return query.limit === undefined ? { kind: 'live' } : { kind: 'newest', limit: query.limit };
}

/** The filter that a query asks for. Throws an error with status code 400. */
export function filterOf(query: Readonly<Record<string, unknown>>, filters: FilterNames): Filter {
  const values = Object.entries(filters).map(([name, { separator }]) => {
    const given = (query[name] ?? []) as string[];
    const split = separator === undefined ? given : given.flatMap((one) => one.split(separator));
    return [name, split] as const;
  });
  const count = values.reduce((total, [, { length }]) => total + length, 0);
  if (count > MAX_FILTER_VALUES) {
    const message = `too many filter values: ${count}, at most ${MAX_FILTER_VALUES}`;
    throw Object.assign(new Error(message), { statusCode: 400 });
  }
  return createFilter(Object.fromEntries(values));
}
