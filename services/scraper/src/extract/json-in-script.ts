/** The JSON in a script, in order: what's assigned to the variable, else all that stands alone, is assigned or passed. */
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
    // what is within a value was seen with it
    if (start < behind) continue;
    const end = endOfValue(code, start);
    const value = end === undefined ? undefined : parse(code.slice(start, end));
    if (value === undefined) continue;
    yield value;
    behind = end ?? behind;
  }
}

/** Where the brackets that open at `start` are closed, strings left aside. */
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
