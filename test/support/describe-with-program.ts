import { onPath } from '@quotewire/testing';
import { describe } from 'vitest';

/** Where a program comes from, in Debian. */
const PACKAGES = { prometheus: 'prometheus', promtool: 'prometheus' } as const;

/** A `describe` that is skipped, with a line that says so, unless a program is installed. */
export function describeWithProgram(
  program: keyof typeof PACKAGES,
  name: string,
  define: () => void,
): void {
  const isInstalled = onPath(program) !== undefined;
  if (!isInstalled) {
    const why = `It needs ${program}, of Debian's package ${PACKAGES[program]}.`;
    if (process.env.CI === 'true') throw new Error(`CI=true requires ${name}. ${why}`);
    console.error(`SKIPPED: ${name}. ${why}`);
  }
  // oxlint-disable-next-line vitest/valid-title -- the caller's
  describe.runIf(isInstalled)(name, () => {
    define();
  });
}
