/** Where an element may occur in a plain page. */
export interface PlainElement {
  readonly name: string;
  /** The element has no content and no end tag. */
  readonly isVoid: boolean;
  /** The end tag of an element with raw text; undefined for other elements. */
  readonly rawEnd: RegExp | undefined;
  /** The start tag ends an open paragraph. */
  readonly endsParagraph: boolean;
  readonly isHeading: boolean;
  /** The element can't be within another of the same name, at any depth. */
  readonly isNeverNested: boolean;
  /** The allowed parents; undefined: any that `holdsContent`. */
  readonly parents: readonly string[] | undefined;
  /** The element may contain text and elements without `parents`. */
  readonly holdsContent: boolean;
  /** The element may contain metadata elements. */
  readonly holdsMetadata: boolean;
  readonly isMetadata: boolean;
}

const block = { endsParagraph: true };
/** The element contains only white space and certain elements. */
const structure = { holdsContent: false, holdsMetadata: false };

/**
 * The elements whose properly nested tags have no effect beyond these rules. All others need an HTML
 * parser.
 *
 * @see https://html.spec.whatwg.org/#parsing-main-inbody
 */
export const plainElements: ReadonlyMap<string, PlainElement> = new Map(
  [
    ...define(
      'abbr bdi bdo cite data del dfn ins kbd label mark output q samp span sub sup time var',
    ),
    ...define('audio canvas map picture video'),
    // n.b. these join the list of active formatting elements, which holds at most three of a kind
    ...define('a b big code em font i s small strike strong tt u', { isNeverNested: true }),
    ...define('button', { isNeverNested: true }),
    ...define('address article aside blockquote center details dialog div dl fieldset', block),
    ...define(
      'figcaption figure footer header hgroup main menu nav ol p section summary ul',
      block,
    ),
    ...define('form', { ...block, isNeverNested: true }),
    ...define('h1 h2 h3 h4 h5 h6', { ...block, isHeading: true }),
    ...define('li', { ...block, parents: ['ul', 'ol', 'menu'] }),
    ...define('dd dt', { ...block, parents: ['dl'] }),
    ...define('table', { ...block, ...structure }),
    ...define('thead tbody tfoot', { ...structure, parents: ['table'] }),
    ...define('tr', { ...structure, parents: ['thead', 'tbody', 'tfoot'] }),
    ...define('td th', { parents: ['tr'] }),
    ...define('area br embed img input source track wbr', { isVoid: true }),
    ...define('hr', { ...block, isVoid: true }),
    ...define('iframe', { isRaw: true }),
    ...define('html', { ...structure, parents: ['#document'] }),
    ...define('head', { ...structure, parents: ['html'], holdsMetadata: true }),
    ...define('body', { parents: ['html'] }),
    ...define('base link meta', { isVoid: true, isMetadata: true }),
    ...define('noscript script style', { isRaw: true, isMetadata: true }),
    ...define('title', { isRaw: true, parents: ['head'] }),
  ].map((element) => [element.name, element]),
);

function define(
  names: string,
  { isRaw = false, ...rule }: Partial<PlainElement> & { isRaw?: boolean } = {},
): PlainElement[] {
  return names.split(' ').map((name) => ({
    name,
    isVoid: false,
    rawEnd: isRaw ? new RegExp(`</${name}(?=[ \\t\\n\\f/>])`, 'gi') : undefined,
    endsParagraph: false,
    isHeading: false,
    isNeverNested: false,
    parents: undefined,
    holdsContent: true,
    holdsMetadata: true,
    isMetadata: false,
    ...rule,
  }));
}
