/** Text that can't do anything to a terminal: characters that aren't shown are spelt out. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** The same, with its line breaks. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
