import { join } from 'node:path';
import { SERVICE_OPTIONS } from '@quotewire/testing';
import { missingNchan, nchanCommand } from './contenders/nchan.ts';

/** How a server is started. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Removes what was made for it; called when it has ended. */
  readonly tidy?: () => void;
}

/** One of those that are measured. */
export interface Contender {
  /** What readers call it. */
  readonly title: string;
  command(port: number): Command;
  /** Why it can't take part on this machine, if so. */
  missing?(): string | undefined;
}

const inNode = (name: string, title: string, options: readonly string[] = []): Contender => ({
  title,
  command: (port) => ({
    file: process.execPath,
    args: [...options, join(import.meta.dirname, 'serve.ts'), name, String(port)],
  }),
});

/** All that are measured, by name; `hub` is ours. */
export const contenders = {
  hub: inNode('hub', 'Quotewire', SERVICE_OPTIONS),
  plain: inNode('plain', 'plain res.write'),
  'better-sse': inNode('better-sse', 'better-sse'),
  'fastify-sse': inNode('fastify-sse', '@fastify/sse'),
  nchan: { title: 'Nchan', command: nchanCommand, missing: missingNchan },
  'hub-rabbitmq': inNode('hub-rabbitmq', 'RabbitMQ → Quotewire', SERVICE_OPTIONS),
} satisfies Record<string, Contender>;

export type ContenderName = keyof typeof contenders;
