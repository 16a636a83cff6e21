/** A fault in the code, and the tests that must notice it. */
export interface Mutation {
  /** What goes wrong, in a sentence. */
  readonly fault: string;
  /** The faulty file, relative to the root of the repository. */
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files of which one must fail, relative to the root of the repository. */
  readonly tests: readonly string[];
  /** Part of a test's title; only tests with it run. Default: all tests of the files. */
  readonly title?: string;
}

/** Returns the code with the fault. Throws unless the text to replace occurs once. */
export function mutate(code: string, { file, find, replace }: Mutation): string {
  const [before = '', after, ...others] = code.split(find);
  if (after === undefined || others.length > 0) {
    const count = after === undefined ? 0 : others.length + 1;
    throw new Error(`this text must occur once in ${file}, and occurs ${count} times:\n${find}`);
  }
  return before + replace + after;
}
