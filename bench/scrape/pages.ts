export const QUOTES_PER_PAGE = 10;

const words =
  'the of and a to in is was he for it with as his on be at by had not are but from or have an they which one you were her all she there would their we him been has when who will more no if out so said what up its about into than them can only other new some could time these two may then do first any my now such like our over man me even most made after also did many before must through years where much your way well down should because each just those people how too little state good very make world still own see men work long here get both between life being under never day same another know while last might us great old year off come since against go came right used take three'.split(
    ' ',
  );
const names = ['Ada Marlow', 'B. R. Thorne', 'Cees van Hal', 'Dora Quill', 'Émile Fabre'];
const subjects = ['life', 'books', 'friendship', 'love', 'truth', 'work', 'humor', 'courage'];

/** The content of all pages, summed up so that a wrong reading shows. */
export interface Contents {
  readonly quotes: number;
  /** A hash of all texts, authors and tags. */
  readonly characters: number;
}

interface Quote {
  readonly text: string;
  readonly author: string;
  readonly tags: readonly string[];
}

/** Returns the content that a reader of this many pages must find. */
export function contentsOf(pages: number): Contents {
  const all = Array.from({ length: pages }, (_, page) => quotesOn(page)).flat();
  const characters = all.map(({ text, author, tags }) => text + author + tags.join(''));
  return { quotes: all.length, characters: characters.join('').length };
}

/** Returns a page with the markup, the number of quotes and about the size (11 KB) of quotes.toscrape.com; pages count from 0. */
export function pageOf(page: number): string {
  const top = Array.from({ length: 10 }, (_, index) => {
    const tag = subjects[index % subjects.length] ?? '';
    return `            <span class="tag-item">
            <a class="tag" style="font-size: ${28 - 2 * index}px" href="/tag/${tag}/">${tag}</a>
            </span>
            `;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
	<meta charset="UTF-8">
	<title>Quotes of the bench</title>
    <link rel="stylesheet" href="/static/grid.min.css">
    <link rel="stylesheet" href="/static/main.css">
</head>
<body>
    <div class="container">
        <div class="row header-box">
            <div class="col-md-8">
                <h1>
                    <a href="/" style="text-decoration: none">Quotes of the bench</a>
                </h1>
            </div>
            <div class="col-md-4">
                <p>
                
                    <a href="/login">Login</a>
                
                </p>
            </div>
        </div>
    

<div class="row">
    <div class="col-md-8">

${quotesOn(page).map(quoteBlock).join('\n')}
    <nav>
        <ul class="pager">
            <li class="next">
                <a href="/page/${page + 1}/">Next <span aria-hidden="true">&rarr;</span></a>
            </li>
        </ul>
    </nav>
    </div>
    <div class="col-md-4 tags-box">
        
            <h2>Top Ten tags</h2>
            
${top.join('\n')}
        
    </div>
</div>

    </div>
    <footer class="footer">
        <div class="container">
            <p class="text-muted">
                Quotes by: <a href="/">nobody</a>
            </p>
        </div>
    </footer>
</body>
</html>`;
}

function quoteBlock({ text, author, tags }: Quote): string {
  const links = tags.map(
    (tag) => `            <a class="tag" href="/tag/${tag}/page/1/">${tag}</a>
            `,
  );
  return `    <div class="quote" itemscope itemtype="http://schema.org/CreativeWork">
        <span class="text" itemprop="text">${text.replaceAll("'", '&#39;')}</span>
        <span>by <small class="author" itemprop="author">${author}</small>
        <a href="/author/${author.replaceAll(' ', '-')}">(about)</a>
        </span>
        <div class="tags">
            Tags:
            <meta class="keywords" itemprop="keywords" content="${tags.join()}" /    > 
            
${links.join('\n')}
        </div>
    </div>
`;
}

function quotesOn(page: number): Quote[] {
  return Array.from({ length: QUOTES_PER_PAGE }, (_, index) => {
    const number = page * QUOTES_PER_PAGE + index;
    const count = 10 + ((number * 7) % 27);
    const said = Array.from(
      { length: count },
      (__, at) => words[(number * 31 + at * at * 17) % words.length],
    );
    return {
      text: `“It's no. ${number}: ${said.join(' ')}.”`,
      author: names[number % names.length] ?? '',
      tags: subjects.slice(0, 1 + (number % 5)).map((subject) => `${subject}-${number % 50}`),
    };
  });
}
