import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { Agent, interceptors, request } from 'undici';

/** A page as it came. */
export interface FetchedPage {
  /** Where it was found in the end, behind any redirects. */
  readonly url: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A page couldn't be had; `isTemporary` says whether it's worth trying again. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly isTemporary: boolean;

  constructor(message: string, options: ErrorOptions & { isTemporary: boolean }) {
    super(message, options);
    this.isTemporary = options.isTemporary;
  }
}

const USER_AGENT =
  'Quotewire/0.1 (scrapes quotes at a slow pace; see its README for how to be left alone)';
const TOTAL_TIMEOUT_MS = 20_000;
const MAX_WIRE_BYTES = 1024 * 1024;
const MAX_DECODED_BYTES = 2 * 1024 * 1024;
/** What a site says of itself and not of the request. */
const TEMPORARY_STATUSES = new Set([408, 429, 500, 502, 503, 504]);

const decoders: Record<string, (body: Buffer) => Promise<Buffer>> = {
  identity: async (body) => body,
  gzip: (body) => promisify(gunzip)(body, { maxOutputLength: MAX_DECODED_BYTES }),
  br: (body) => promisify(brotliDecompress)(body, { maxOutputLength: MAX_DECODED_BYTES }),
};

/** Opens what `fetchPage` needs; close it at the end. */
export function createAgent(): Agent {
  return new Agent({
    connect: { timeout: 5_000 },
    connections: 4,
    maxResponseSize: MAX_WIRE_BYTES,
  });
}

/** Fetches a page, at most 1 MiB on the wire and 2 MiB decoded, within 20 s. Rejects with `FetchError`. */
export async function fetchPage(url: string, { agent }: { agent: Agent }): Promise<FetchedPage> {
  try {
    const response = await request(url, {
      dispatcher: agent.compose(interceptors.redirect({ maxRedirections: 5 })),
      headers: {
        'user-agent': USER_AGENT,
        accept: 'text/html,*/*;q=0.1',
        'accept-encoding': 'gzip, br',
      },
      signal: AbortSignal.timeout(TOTAL_TIMEOUT_MS),
    });
    const { statusCode, headers } = response;
    // n.b. a body shorter than announced rejects here: half a page must not pass for a short one
    const body = Buffer.from(await response.body.arrayBuffer());
    if (statusCode !== 200) {
      throw new FetchError(`${url} answered ${statusCode}`, {
        isTemporary: TEMPORARY_STATUSES.has(statusCode),
      });
    }
    const decode = decoders[String(headers['content-encoding'] ?? 'identity').toLowerCase()];
    if (decode === undefined) {
      throw new FetchError(`${url} is encoded as ${String(headers['content-encoding'])}`, {
        isTemporary: false,
      });
    }
    return {
      url: lastUrlOf(response.context) ?? url,
      contentType: String(headers['content-type'] ?? ''),
      body: await decode(body),
    };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    const { message } = error as Error;
    throw new FetchError(`${url} can't be fetched: ${message}`, {
      cause: error,
      isTemporary: true,
    });
  }
}

function lastUrlOf(context: object): string | undefined {
  const { history } = context as { history?: readonly URL[] };
  return history?.at(-1)?.href;
}
