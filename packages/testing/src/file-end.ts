type Close = () => unknown;

/** What the test file that runs has started. */
const closers = new Set<Close>();

/** Calls `close` at the end of the test file, so that nothing outlives the file. */
export function atFileEnd(close: Close): void {
  closers.add(close);
}

/** Ends all that a test file has started; see `vitest-setup.ts`. */
export async function endFile(): Promise<void> {
  const ending = [...closers];
  closers.clear();
  await Promise.all(ending.map((close) => close()));
}
