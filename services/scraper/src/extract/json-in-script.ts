/** The JSON in a script, in order: what's assigned to the variable, else all that stands alone, is assigned or passed. */
export function* jsonValuesIn(
  code: string,
  { variable }: { variable?: string | undefined },
): Generator {
  const before =
    variable === undefined ? '(?:^|[=(:])' : `(?<![\\w$])${RegExp.escape(variable)}["']?\\s*[=:]`;
  const starts = new RegExp(`${before}\\s*(?=[\\[{])`, 'g');
  while (starts.exec(code) !== null) {
    const end = endOfValue(code, starts.lastIndex);
    const value = end === undefined ? undefined : parse(code.slice(starts.lastIndex, end));
    if (value === undefined) continue;
    yield value;
    starts.lastIndex = end ?? starts.lastIndex;
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
