import { join } from 'node:path';
import { SERVICE_OPTIONS } from '@quotewire/testing';
import { missingNchan, nchanCommand } from './contenders/nchan.ts';

/** The command line of a server. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Deletes its temporary files; called after its exit. */
  readonly tidy?: () => void;
}

/** A server to measure. */
export interface Contender {
  /** Its name in tables. */
  readonly title: string;
  command(port: number): Command;
  /** Returns why it can't run on this machine, or undefined. */
  missing?(): string | undefined;
}

const inNode = (name: string, title: string, options: readonly string[] = []): Contender => ({
  title,
  command: (port) => ({
    file: process.execPath,
    args: [...options, join(import.meta.dirname, 'serve.ts'), name, String(port)],
  }),
});

/** All servers to measure, by name; `hub` is ours. */
export const contenders = {
  hub: inNode('hub', 'Quotewire', SERVICE_OPTIONS),
  plain: inNode('plain', 'plain res.write'),
  'better-sse': inNode('better-sse', 'better-sse'),
  'fastify-sse': inNode('fastify-sse', '@fastify/sse'),
  nchan: { title: 'Nchan', command: nchanCommand, missing: missingNchan },
  'hub-rabbitmq': inNode('hub-rabbitmq', 'RabbitMQ → Quotewire', SERVICE_OPTIONS),
} satisfies Record<string, Contender>;

export type ContenderName = keyof typeof contenders;
