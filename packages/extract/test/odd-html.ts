import fc from 'fast-check';

const names =
  'a article b body button center code dd div dl dt em font form h1 h2 head html i iframe label li main math nav noscript ol option p pre q s section select small span strong svg table tbody td template textarea title tr u ul'.split(
    ' ',
  );
const tags = names.flatMap((name) => [`<${name}>`, `</${name}>`]);

/** Fragments of markup, one per line, with special rules in the HTML parsing algorithm. */
const oddities = String.raw`
<br>
<hr/>
<img src=a.png alt>
<input type=hidden>
<meta charset="utf-8">
<link rel=next href="/2?a=1&copy=2&lt;&notit;">
<p class="a" CLASS=b data-a='"' a/b>
<p =a>
<p a"b>
<p a = "b"c>
<DIV Title="&quot;&#39=">
</DIV >
</div a>
</br>
</p/>
<!-- a -->
<!---->
<!-->
<!--->
<!-- --!>
<!-- <!-- -->
-->
<![CDATA[a]]>
<?php ?>
<!doctype html>
<script>if (a < b) "</p>"</script>
<script><!-- <script></script> --></script>
<style>p > a {}</STYLE>
<iframe><p></iframe>
<noscript><p></noscript>
&amp;
&rarr;
&#39;
&#x80;
&#0;
&notit;
&copy
&
&#
&unknown;
é😀
text`
  .trim()
  .split('\n');
const characters = ' |\t|\n|\f|\v|\r|\r\n|\0|\u00A0|<|>|"|\'|=|/'.split('|');

/** A fragment of markup or of a tag, or arbitrary text. */
export const piece = fc.constantFrom(...tags, ...oddities, ...characters);

const attributes = ['', '', ' class="quote"', ' id=a\n hidden', " title='&quot;'"];
const leaves = ['text', ' ', '\n', 'a &amp; b', '&#39;', '<br>', '<!-- a -->', '<img alt="&lt;">'];
const containers = ['a', 'b', 'blockquote', 'div', 'dl', 'h2', 'p', 'span', 'table', 'ul'];

/** Elements that are nested properly, though a parser may have to nest some otherwise. */
export const nested = fc.letrec<{ content: string; element: string }>((tie) => ({
  content: fc
    .array(fc.oneof({ maxDepth: 4 }, fc.constantFrom(...leaves), tie('element')), { maxLength: 3 })
    .map((parts) => parts.join('')),
  element: fc
    .tuple(
      fc.constantFrom(...containers, ...containers, ...names),
      fc.constantFrom(...attributes),
      tie('content'),
    )
    .map(([name, attribute, inner]) => `<${name}${attribute}>${within(name, inner)}</${name}>`),
})).content;

function within(name: string, inner: string): string {
  if (name === 'ul') return `<li>${inner}</li> <li>b</li>`;
  if (name === 'dl') return `<dt>a</dt><dd>${inner}</dd>`;
  if (name === 'table') return `<tbody><tr>\n<td>${inner}</td><th></th></tr></tbody>`;
  return inner;
}
