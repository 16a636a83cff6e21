import { Type } from 'typebox';
import type { FetchLimits } from './fetch-page.ts';

/** The settings of a process that fetches pages. */
export const fetchSettings = {
  SCRAPER_CONTACT_URL: Type.String({
    default: 'https://quotewire.example/README.md',
    pattern: '^(https?://|mailto:)[!-~]+$',
    mustBe: 'an address that begins with http://, https:// or mailto:',
    description: 'Where the owners of sites find who scrapes them: part of the User-Agent.',
  }),
  FETCH_TIMEOUT_SECONDS: Type.Number({
    minimum: 0.1,
    maximum: 300,
    default: 20,
    description: 'Seconds for a whole page, redirects included.',
  }),
  FETCH_MAX_WIRE_BYTES: Type.Integer({
    minimum: 1_024,
    maximum: 64 * 1024 * 1024,
    default: 1024 * 1024,
    description: 'Bytes of a page as it comes.',
  }),
  FETCH_MAX_DECODED_BYTES: Type.Integer({
    minimum: 1_024,
    maximum: 64 * 1024 * 1024,
    default: 2 * 1024 * 1024,
    description: 'Bytes of a page when it was decompressed.',
  }),
};

export interface FetchConfig {
  /** The User-Agent of every request. */
  readonly userAgent: string;
  readonly limits: FetchLimits;
}

/** The part of a process's configuration that a `Downloader` needs. */
export function fetchConfigOf(settings: {
  SCRAPER_CONTACT_URL: string;
  FETCH_TIMEOUT_SECONDS: number;
  FETCH_MAX_WIRE_BYTES: number;
  FETCH_MAX_DECODED_BYTES: number;
}): FetchConfig {
  return {
    userAgent: `Quotewire/0.1 (+${settings.SCRAPER_CONTACT_URL})`,
    limits: {
      timeoutMs: settings.FETCH_TIMEOUT_SECONDS * 1_000,
      maxWireBytes: settings.FETCH_MAX_WIRE_BYTES,
      maxDecodedBytes: settings.FETCH_MAX_DECODED_BYTES,
    },
  };
}
