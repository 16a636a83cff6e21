import { type Browser, chromium } from 'playwright-core';
import { describe, inject } from 'vitest';

/** Starts a headless Chromium; who calls closes it. Rejects when there's none: see `describeWithBrowser`. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = inject('chromiumPath');
  if (executablePath === null) return Promise.reject(new Error("there's no Chromium"));
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    // the first three keep it from looking outside, and root has no sandbox
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  });
}

/** A `describe` that's skipped where there's no Chromium. */
export function describeWithBrowser(name: string, define: () => void): void {
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe.runIf(inject('chromiumPath') !== null)(name, () => {
    define();
  });
}
