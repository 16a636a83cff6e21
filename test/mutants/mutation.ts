/** A fault that's put into the code, and the tests that must notice it. */
export interface Mutation {
  /** What goes wrong with it, in words. */
  readonly fault: string;
  /** The file it's put into, from the root of the repository. */
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files of which one must fail, from the root of the repository. */
  readonly tests: readonly string[];
  /** A part of the test's title, where it's enough to run that test. */
  readonly title?: string;
}

/** The code with the fault in it. Throws when the text to replace isn't there, or more than once. */
export function mutate(code: string, { file, find, replace }: Mutation): string {
  const [before = '', after, ...others] = code.split(find);
  if (after === undefined || others.length > 0) {
    const found = after === undefined ? 'is not' : `is ${others.length + 1} times`;
    throw new Error(`this ${found} in ${file}, and should be once:\n${find}`);
  }
  return before + replace + after;
}
