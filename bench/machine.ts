import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { cpus, release } from 'node:os';
import { missingNchan, nchanVersion } from './contenders/nchan.ts';

/** The hardware and the versions of a measurement. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  readonly versions: readonly string[];
}

/** Describes this machine. */
export function describeMachine(): Machine {
  const [{ model } = { model: 'unknown CPU' }] = cpus();
  return {
    cpu: model.trim(),
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    versions: [
      versionOf('better-sse'),
      versionOf('@fastify/sse'),
      versionOf('fastify'),
      missingNchan() === undefined ? nchanVersion() : 'no Nchan',
    ],
  };
}

function versionOf(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`${name} isn't installed: run npm ci`);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return `${name} ${version}`;
}
