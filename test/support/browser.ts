import { type Browser, chromium } from 'playwright-core';
import { describe, inject } from 'vitest';

/** Starts a headless Chromium, which the caller closes. Rejects without one: see `describeWithBrowser`. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = inject('chromiumPath');
  if (executablePath === null)
    return Promise.reject(new Error("there's no Chromium: use describeWithBrowser"));
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    // the first three prevent requests of its own; Chromium refuses to sandbox root
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  });
}

/** A `describe` that is skipped without a Chromium. */
export function describeWithBrowser(name: string, define: () => void): void {
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe.runIf(inject('chromiumPath') !== null)(name, () => {
    define();
  });
}
