/** The services that can have an app of their own. */
export const SERVICES = [
  'timer',
  'scraper',
  'quote-stream',
  'clock',
  'chat',
  'sample-site',
] as const;

export type Service = (typeof SERVICES)[number];
