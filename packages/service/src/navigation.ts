import { Type } from 'typebox';
import { ConfigError } from './settings.ts';

/** A page of the system that the others link to. */
export interface Page {
  readonly name: string;
  /** Its path where all services share one origin. */
  readonly path: string;
}

const PAGES = {
  live: { name: 'Live', path: '/' },
  sources: { name: 'Sources', path: '/sources' },
  timer: { name: 'Timer', path: '/timer' },
  clock: { name: 'Clock', path: '/clock' },
  counter: { name: 'Counter', path: '/counter' },
  chat: { name: 'Chat', path: '/chat' },
  console: { name: 'Console', path: '/console' },
} as const satisfies Record<string, Page>;

export type PageKey = keyof typeof PAGES;

/** Returns the address of a page, or undefined where it isn't known. */
export type PageAddress = (page: PageKey) => string | undefined;

export const navigationSettings = {
  PAGE_LINKS: Type.Optional(
    Type.String({
      description:
        'Where the other pages are: same-origin, or addresses such as timer=https://t.example.org,chat=https://c.example.org.',
    }),
  ),
};

/**
 * Reads PAGE_LINKS: `same-origin` behind a proxy that puts all services on one origin, else an
 * address for each page. Throws `ConfigError`.
 */
export function pageAddressOf(setting: string): PageAddress {
  if (setting === 'same-origin') return (page) => PAGES[page].path;
  const addresses = new Map<string, string>();
  for (const part of setting.split(',')) {
    const [key = '', address = ''] = part.trim().split(/=(.*)/s);
    const isPage = Object.hasOwn(PAGES, key);
    if (!isPage || !/^https?:$/.test(URL.parse(address)?.protocol ?? '')) {
      const known = Object.keys(PAGES).join(', ');
      throw new ConfigError([
        `PAGE_LINKS has "${part.trim()}": write same-origin, or page=https://… with one of ${known}`,
      ]);
    }
    addresses.set(key, address);
  }
  return (page) => addresses.get(page);
}

/** Returns the `nav` element of a page: links to all pages whose address is known. */
export function navigation(
  current: PageKey | undefined,
  { addressOf, own }: { addressOf: PageAddress; own: readonly PageKey[] },
): string {
  const keys = Object.keys(PAGES) as PageKey[];
  const links = keys.flatMap((key) => {
    const address = own.includes(key) ? PAGES[key].path : addressOf(key);
    if (address === undefined) return [];
    const here = key === current ? ' aria-current="page"' : '';
    return [`<a href="${escapeHtml(address)}"${here}>${PAGES[key].name}</a>`];
  });
  return links.length < 2 ? '' : `<nav aria-label="Pages">${links.join(' ')}</nav>`;
}

/** Escapes a text for HTML, also within a quoted attribute. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
