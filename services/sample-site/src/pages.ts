import { escapeHtml } from '@quotewire/service';
import { PAGES } from './quotes.ts';
import type { Saying } from './sayings.ts';

/** A page of quotes with links to its neighbours, in the markup of quotes.toscrape.com. `root` is the path before each link. */
export function quotesPage(
  quotes: readonly Saying[],
  { page, all, root }: { page: number; all: readonly Saying[]; root: string },
): string {
  const previous =
    page > 1 ? `<li class="previous"><a href="${root}/page/${page - 1}/">← Previous</a></li>` : '';
  const next =
    page < PAGES ? `<li class="next"><a href="${root}/page/${page + 1}/">Next →</a></li>` : '';
  const pager = `<nav><ul class="pager">${previous}${next}</ul></nav>`;
  const blocks = quotes.map((quote) => quoteBlock(quote, root)).join('\n');
  return layout(`${blocks}\n${pager}`, { aside: topTags(all, root), root });
}

/** A page of quotes without links to other pages. */
export function plainPage(
  quotes: readonly Saying[],
  { all, root }: { all: readonly Saying[]; root: string },
): string {
  const blocks = quotes.map((quote) => quoteBlock(quote, root)).join('\n');
  return layout(blocks, { aside: topTags(all, root), root });
}

/** A page whose quotes are in a script only, out of reach of selectors. */
export function scriptPage(quotes: readonly Saying[], { root }: { root: string }): string {
  const data = quotes.map(({ text, author, tags }) => ({
    tags,
    author: { name: author },
    text: inQuoteMarks(text),
  }));
  // n.b. "</script>" within a string would end the element
  const json = JSON.stringify(data, undefined, 4).replaceAll('<', String.raw`\u003c`);
  return layout(`<script>\n    var data = ${json};\n</script>`, { aside: '', root });
}

/** Puts a text between “ and ”, as the pages and the API do. */
export function inQuoteMarks(text: string): string {
  return `“${text}”`;
}

function quoteBlock({ text, author, tags }: Saying, root: string): string {
  const links = tags.map(
    (tag) => `<a class="tag" href="${root}/tag/${encodeURIComponent(tag)}/">${escapeHtml(tag)}</a>`,
  );
  return `<div class="quote">
  <span class="text">${escapeHtml(inQuoteMarks(text))}</span>
  <span>by <small class="author">${escapeHtml(author)}</small></span>
  <div class="tags">Tags: ${links.join(' ')}</div>
</div>`;
}

function topTags(quotes: readonly Saying[], root: string): string {
  const counts = new Map<string, number>();
  for (const tag of quotes.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const top = [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).slice(0, 10);
  const items = top.map(([tag]) => {
    const href = `${root}/tag/${encodeURIComponent(tag)}/`;
    return `<span class="tag-item"><a class="tag" href="${href}">${escapeHtml(tag)}</a></span>`;
  });
  return `<aside class="tags-box"><h2>Top Ten tags</h2>${items.join('')}</aside>`;
}

function layout(main: string, { aside, root }: { aside: string; root: string }): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Sample quotes</title>
  <link rel="stylesheet" href="${root}/style.css">
  <link rel="icon" href="data:,">
</head>
<body>
<header><h1><a href="${root}/">Sample quotes</a></h1><p>A new one every moment, for a scraper to find.</p></header>
<main>
${main}
</main>
${aside}
</body>
</html>
`;
}

export const styleSheet = `:root { color-scheme: light dark; }
body { display: grid; grid-template-columns: minmax(0, 40rem) 12rem; gap: 2rem; max-width: 56rem;
  margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 Georgia, serif; }
header { grid-column: 1 / -1; border-bottom: 1px solid #8886; }
header p { color: GrayText; }
h1 a { color: inherit; text-decoration: none; }
h2 { font-size: 1rem; }
.quote { margin: 0 0 1.5rem; padding-left: 1rem; border-left: 3px solid #8886; }
.text { display: block; font-size: 1.125rem; }
.author { font-style: italic; font-size: 1rem; }
.tags, .tag-item { font: 0.875rem sans-serif; }
.tag-item { display: block; margin-bottom: 0.5rem; }
.pager { display: flex; justify-content: space-between; padding: 0; list-style: none; }
.next { margin-left: auto; }
@media (max-width: 40rem) { body { display: block; } }
`;
