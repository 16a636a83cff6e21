import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { readDocument, ROOT } from './documents.ts';

type Setting = TSchema & { default?: unknown };

/** The settings that packages export as `…Settings` and services as `Settings`, by name: a service may have a default of its own. */
async function settingsInCode(): Promise<Map<string, Setting[]>> {
  const settings = new Map<string, Setting[]>();
  const files = globSync(['packages/*/src/*settings.ts', 'services/*/src/config.ts'], {
    cwd: ROOT,
  });
  for (const file of files) {
    const exported = (await import(join(ROOT, file))) as Record<string, object>;
    for (const [name, value] of Object.entries(exported)) {
      if (!/settings$/i.test(name) || typeof value !== 'object') continue;
      const schemas = 'properties' in value ? value.properties : value;
      for (const [variable, schema] of Object.entries(schemas as Record<string, Setting>)) {
        settings.set(variable, [...(settings.get(variable) ?? []), schema]);
      }
    }
  }
  return settings;
}

const inCode = await settingsInCode();
const namesInCode = () => [...inCode.keys()].toSorted();

function defaultsOf(name: string): string[] {
  const defaults = (inCode.get(name) ?? []).map((setting) => setting.default);
  // an empty variable counts as absent
  return defaults.filter((value) => value !== undefined && value !== '').map(String);
}

describe('docs/reference/settings.md', () => {
  const { text } = readDocument('docs/reference/settings.md');
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \|[^|]*\| ([^|]*) \|/gm)].map(
    ([, name = '', column = '']) => ({ name, column }),
  );

  it('lists every setting, and no other', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(namesInCode());
  });

  it.each(rows)('names the default of $name', ({ name, column }) => {
    const named = [...column.matchAll(/`([^`]+)`/g)].map(([, value]) => value);
    const hasDefault = defaultsOf(name).some((value) => named.includes(value));
    expect(hasDefault).toBe(defaultsOf(name).length > 0);
  });
});

describe('.env.example', () => {
  const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
  const lines = [...text.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => ({
    name,
    value,
  }));

  it('lists every setting, and no other', () => {
    expect(lines.map(({ name }) => name).toSorted()).toEqual(namesInCode());
  });

  it('sets none by itself', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it.each(lines)('has the default of $name, or a value that it may have', ({ name, value }) => {
    const defaults = defaultsOf(name);
    const mayBe = (inCode.get(name) ?? []).every((schema) => Value.Check(schema, value));
    const isRight = defaults.length > 0 ? defaults.includes(value) : value === '' || mayBe;
    expect(isRight).toBe(true);
  });
});
