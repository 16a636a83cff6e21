import type { Element } from 'domhandler';

/** The code of a script element. */
export function codeOf(script: Element): string {
  return script.children.map((node) => ('data' in node ? node.data : '')).join('');
}

/** Finds the JSON values in a script, in order: those assigned to the variable, else all that stand alone, are assigned or are passed to a function. */
export function* jsonValuesIn(
  code: string,
  { variable }: { variable?: string | undefined },
): Generator {
  const before =
    variable === undefined ? '(?:^|[=(:])' : `(?<![\\w$])${RegExp.escape(variable)}["']?\\s*[=:]`;
  const starts = new RegExp(`${before}\\s*(?=[\\[{])`, 'g');
  let behind = 0;
  for (const match of code.matchAll(starts)) {
    const start = match.index + match[0].length;
    // nested values belong to the value around them
    if (start < behind) continue;
    const end = endOfValue(code, start);
    const value = end === undefined ? undefined : parse(code.slice(start, end));
    if (value === undefined) continue;
    yield value;
    behind = end ?? behind;
  }
}

/** The end of the value whose bracket opens at `start`; brackets in strings don't count. */
function endOfValue(code: string, start: number): number | undefined {
  const tokens = /"(?:[^"\\]|\\.)*"|[[\]{}]/gs;
  tokens.lastIndex = start;
  let depth = 0;
  for (let token = tokens.exec(code); token !== null; token = tokens.exec(code)) {
    const [found] = token;
    if (found === '[' || found === '{') depth += 1;
    else if (found === ']' || found === '}') depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
