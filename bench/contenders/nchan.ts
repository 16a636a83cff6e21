import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../contender.ts';

const TEMPLATE = join(import.meta.dirname, '../nchan.conf');
const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/nginx/sbin/nginx'];
const MODULES = [
  '/usr/lib/nginx/modules/ngx_nchan_module.so',
  '/usr/lib64/nginx/modules/ngx_nchan_module.so',
  '/usr/share/nginx/modules/ngx_nchan_module.so',
];

/** Returns why Nchan can't run here, or undefined. */
export function missingNchan(): string | undefined {
  const isThere = find(NGINX) !== undefined && find(MODULES) !== undefined;
  return isThere
    ? undefined
    : 'nginx with Nchan is not installed: apt-get install nginx libnginx-mod-nchan';
}

/** Returns the command line of Nchan: nginx in a temporary folder, which `tidy` deletes. */
export function nchanCommand(port: number): Command {
  const folder = mkdtempSync(join(tmpdir(), 'quotewire-bench-nginx-'));
  const config = join(folder, 'nginx.conf');
  const text = readFileSync(TEMPLATE, 'utf8')
    .replace('{{module}}', find(MODULES) ?? '')
    .replace('{{port}}', String(port));
  writeFileSync(config, text);
  return {
    file: find(NGINX) ?? 'nginx',
    args: ['-p', folder, '-c', config, '-e', 'stderr'],
    tidy: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Returns the versions of nginx and, if the package manager knows it, of Nchan. */
export function nchanVersion(): string {
  const nginx = spawnSync(find(NGINX) ?? 'nginx', ['-v'], { encoding: 'utf8' }).stderr.trim();
  const nchan = spawnSync('dpkg-query', ['-W', '-f', '${Version}', 'libnginx-mod-nchan'], {
    encoding: 'utf8',
  }).stdout;
  // Debian writes 1:1.3.6+dfsg-2
  const [, upstream = 'of unknown version'] = /^(?:\d+:)?([\d.]+)/.exec(nchan ?? '') ?? [];
  return `${nginx.replace('nginx version: nginx/', 'nginx ')}, Nchan ${upstream}`;
}

function find(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}
