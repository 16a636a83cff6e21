import { isExecutable, onPath } from '@quotewire/testing';

/** Returns the path of Chromium: CHROMIUM_PATH, or an installed one. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH) {
    if (isExecutable(CHROMIUM_PATH)) return CHROMIUM_PATH;
    throw new Error(`CHROMIUM_PATH is ${CHROMIUM_PATH}, which is not an executable file`);
  }
  const candidates = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    onPath('google-chrome'),
    onPath('chromium'),
  ];
  return candidates.find((path) => path !== undefined && isExecutable(path));
}
