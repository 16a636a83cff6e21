import { asksForHelp, parseOptions, UsageError, wholeNumberIn } from '@quotewire/terminal';

/** A parsed command. */
export type Command = { readonly sourcesFile: string | undefined } & (
  | { readonly verb: 'help' }
  | { readonly verb: 'check'; readonly names: readonly string[] }
  | ({
      readonly verb: 'try';
      /** A source's name, a URL or a file; undefined: the address of `entry`. */
      readonly target: string | undefined;
      /** A source's name, or an entry as JSON. */
      readonly entry: string | undefined;
      readonly isJson: boolean;
    } & PageOptions)
  | ({
      readonly verb: 'add';
      readonly target: string;
      /** Default: made of the address. */
      readonly name: string | undefined;
      readonly isJson: boolean;
      readonly isSure: boolean;
    } & PageOptions)
  | {
      readonly verb: 'save';
      readonly name: string;
      readonly from: string | undefined;
      readonly contentType: string | undefined;
    }
);

/** Facts about a saved page that it doesn't contain. */
export interface PageOptions {
  /** Where a saved page was found. */
  readonly baseUrl: string | undefined;
  /** The Content-Type header of its response. */
  readonly contentType: string | undefined;
  readonly allowsPrivate: boolean;
  /** So many quotes are shown. */
  readonly limit: number | undefined;
}

/** The usage. */
export const HELP = `Usage: npm run source -- <check | try | add | save> [options]

Looks after the file of sources. Publishes nothing.

npm run source -- check [<name>…]
  reads each source's saved page and compares it with what was found when it was saved
npm run source -- try <name | url | file> [--source <name | '{…}'>] [--json]
  shows what would be published of one page, and what not and why; a page without a source gets a
  proposal
npm run source -- add <url | file> [--name <name>] [--yes] [--json]
  proposes a source for a page, shows what it finds, and writes it to the file; asks first, unless --yes
npm run source -- save <name> [--from <file>]
  saves a source's page with what is found on it, for check

  --sources <file>        another file of sources (default: SOURCES_FILE, otherwise sources.json)
  --source <name | '{…}'> reads the page with this source (default: a proposal)
  --name <name>           what the added source is called (default: made of the address)
  --yes                   doesn't ask first (default: asks)
  --from <file>           saves this file (default: fetches the source's page)
  --base-url <url>        where a file was found (default: not known)
  --content-type <type>   what its site said of it, such as "text/html; charset=iso-8859-2"
                          (default: what the file's name and text say)
  --allow-private         a url may be in a private network (default: it may not)
  --limit <quotes>        so many are shown (default: 20)
  --json                  prints JSON (default: a text to read)
  --help                  prints this

Pages are fetched once, as the scraper does: within robots.txt and its limits of time and size.

For example:
  npm run source -- try https://example.org/quotes
  npm run source -- add https://example.org/quotes --name example`;

/** What a source may be called. */
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

const file = { sources: { type: 'string' } } as const;
const contentType = { 'content-type': { type: 'string' } } as const;
const page = {
  ...file,
  ...contentType,
  'base-url': { type: 'string' },
  'allow-private': { type: 'boolean' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Parses the arguments. Throws `UsageError`. */
export function parseCommand(args: readonly string[]): Command {
  const [verb, ...rest] = args;
  if (asksForHelp(args) || verb === 'help') return { verb: 'help', sourcesFile: undefined };
  if (verb === 'check') {
    const { values, positionals } = parse(rest, file);
    return { verb, names: positionals, sourcesFile: values.sources };
  }
  if (verb === 'try') {
    const { values, positionals } = parse(rest, {
      ...page,
      source: { type: 'string' },
    });
    if (positionals.length > 1 || (positionals.length === 0 && values.source === undefined))
      throw new UsageError('try needs one name, url or file');
    return {
      verb,
      target: positionals[0],
      entry: values.source,
      isJson: values.json === true,
      ...pageOptionsOf(values),
    };
  }
  if (verb === 'add') {
    const { values, positionals } = parse(rest, {
      ...page,
      name: { type: 'string' },
      yes: { type: 'boolean' },
    });
    const [target] = positionals;
    if (target === undefined || positionals.length > 1)
      throw new UsageError('add needs one url or file');
    if (values.name !== undefined && !NAME.test(values.name))
      throw new UsageError(
        `--name takes lower-case letters, digits and dashes, not "${values.name}"`,
      );
    return {
      verb,
      target,
      name: values.name,
      isJson: values.json === true,
      isSure: values.yes === true,
      ...pageOptionsOf(values),
    };
  }
  if (verb === 'save') {
    const { values, positionals } = parse(rest, {
      ...file,
      ...contentType,
      from: { type: 'string' },
    });
    const [name] = positionals;
    if (name === undefined || positionals.length > 1) throw new UsageError('save needs one name');
    const { from, 'content-type': contentTypeOfFile, sources } = values;
    if (contentTypeOfFile !== undefined && from === undefined)
      throw new UsageError('--content-type is for files: a site says it itself');
    return { verb, name, from, contentType: contentTypeOfFile, sourcesFile: sources };
  }
  const problem = verb === undefined ? 'a verb is missing' : `there is no verb "${verb}"`;
  throw new UsageError(`${problem}: use check, try, add or save`);
}

function parse<const O extends Parameters<typeof parseOptions>[1]>(
  args: readonly string[],
  options: O,
) {
  return parseOptions(args, options, { allowPositionals: true });
}

function pageOptionsOf(values: {
  sources?: string | undefined;
  'base-url'?: string | undefined;
  'content-type'?: string | undefined;
  'allow-private'?: boolean | undefined;
  limit?: string | undefined;
}): PageOptions & { readonly sourcesFile: string | undefined } {
  const baseUrl = values['base-url'];
  if (baseUrl !== undefined && !/^https?:\/\/./.test(baseUrl))
    throw new UsageError(
      `--base-url takes an address such as https://example.org/quotes, not "${baseUrl}"`,
    );
  return {
    sourcesFile: values.sources,
    baseUrl,
    contentType: values['content-type'],
    allowsPrivate: values['allow-private'] === true,
    limit: limitIn(values.limit),
  };
}

function limitIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return wholeNumberIn('--limit', text, { min: 0 });
}
