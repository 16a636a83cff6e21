import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInside } from './namespaces.ts';

const run = promisify(execFile);

/** Binds the kernel's folders and a shared one into a root, in a mount namespace that ends with the command. */
const ENTER = `
  for folder in /proc /dev "$1"; do
    mkdir -p "$0$folder" && mount --rbind "$folder" "$0$folder" || exit 1
  done
  root=$0; shift; exec chroot "$root" "$@"`;

/** The files of an image of RabbitMQ, unpacked, so that its programs run outside of a container. */
export interface ImageRoot {
  /** The folder of RabbitMQ's scripts, inside. */
  readonly scripts: string;
  /** The image's own search path. */
  readonly path: string;
  /** The command that runs another one inside. */
  readonly enter: readonly string[];
}

/** Unpacks an image of Docker into a folder. Its programs see `shared` under the same path. */
export async function unpackImage(
  image: string,
  { folder, shared }: { folder: string; shared: string },
): Promise<ImageRoot> {
  const root = join(folder, 'root');
  await mkdir(root);
  const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();
  const id = await docker('create', image);
  try {
    await runInside(undefined, 'sh', '-c', 'docker export "$0" | tar -x -C "$1"', id, root);
  } finally {
    await docker('rm', id);
  }
  const environment = await docker('inspect', '--format', '{{json .Config.Env}}', image);
  const path = (JSON.parse(environment) as string[])
    .find((variable) => variable.startsWith('PATH='))
    ?.slice('PATH='.length);
  const scripts = path?.split(':').find((bin) => existsSync(join(root, bin, 'rabbitmq-server')));
  if (path === undefined || scripts === undefined)
    throw new Error(`${image} has no rabbitmq-server`);
  return { scripts, path, enter: ['unshare', '--mount', '--', 'sh', '-c', ENTER, root, shared] };
}
