import { hash } from 'node:crypto';
import type { Source } from './source.ts';

/** The names of the settings of all kinds. */
type SettingName<One = Source> = One extends unknown ? keyof One : never;

/** Whether a setting determines which pages a source reads, or what it extracts. A change of any other, such as the interval, keeps the source's progress. */
const isRead: Readonly<Record<SettingName, boolean>> = {
  name: false,
  enabled: false,
  url: true,
  kind: true,
  item: true,
  fields: true,
  next: true,
  script: true,
  variable: true,
  mode: true,
  maxItems: true,
  maxPages: false,
  intervalSeconds: false,
  jitter: false,
  politeness: false,
  expect: false,
  allowPrivate: false,
};
const CHARACTERS = 12;

/**
 * Distinguishes a source's entry from an earlier entry of the same name: 12 base64url characters of
 * the SHA-256 of all fields that determine what is read, whatever their order in the file.
 */
export function identityOf(source: Source): string {
  const settings = Object.entries(source).filter(([name]) => isRead[name as SettingName]);
  return hash('sha256', JSON.stringify(sorted(Object.fromEntries(settings))), 'base64url').slice(
    0,
    CHARACTERS,
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}
