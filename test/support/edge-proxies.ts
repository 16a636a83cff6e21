import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atFileEnd, eventually, freePorts, isExecutable, onPath } from '@quotewire/testing';

/** A route of a proxy: requests whose path begins with `path` go to any of these ports. */
export interface Upstream {
  readonly path: string;
  readonly ports: readonly number[];
}

/** Starts nginx with the headers that its guides recommend. Resolves with undefined, and logs that, unless it is installed. */
export function startNginx(upstreams: readonly Upstream[]): Promise<string | undefined> {
  return startProxy('nginx', (port, folder) => {
    // n.b. by default nginx avoids a failed server for 10 s, and answers 502 when the other server
    // restarts within them; a 502 closes an EventSource for good
    const groups = upstreams.map(({ ports }, index) => {
      const servers = ports.map((one) => `server 127.0.0.1:${one} max_fails=0;`).join(' ');
      return `upstream group${index} { ${servers} keepalive 16; }`;
    });
    const locations = upstreams.map(
      ({ path }, index) => `location ${path} {
        proxy_pass http://group${index};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
      }`,
    );
    const config = `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
      events { worker_connections 4096; }
      http {
        access_log off;
        client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
        uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
        ${groups.join('\n')}
        server { listen 127.0.0.1:${port}; ${locations.join('\n')} }
      }`;
    return { config, args: (file) => ['-c', file, '-p', folder] };
  });
}

/** Starts Caddy. Resolves with undefined, and logs that, unless it is installed. */
export function startCaddy(upstreams: readonly Upstream[]): Promise<string | undefined> {
  return startProxy('caddy', (port) => {
    const routes = upstreams.map(({ path, ports }) => {
      const servers = ports.map((one) => `127.0.0.1:${one}`).join(' ');
      return `handle ${path}* {
        reverse_proxy ${servers} {
          lb_try_duration 5s
        }
      }`;
    });
    const config = `{
      admin off
      auto_https off
    }
    http://127.0.0.1:${port} {
      bind 127.0.0.1
      ${routes.join('\n')}
    }`;
    return { config, args: (file) => ['run', '--adapter', 'caddyfile', '--config', file] };
  });
}

/** Resolves with the URL, without a trailing slash. */
async function startProxy(
  name: string,
  configure: (
    port: number,
    folder: string,
  ) => { config: string; args: (file: string) => readonly string[] },
): Promise<string | undefined> {
  // Debian installs nginx outside the PATH of users
  const path = [`/usr/sbin/${name}`].find(isExecutable) ?? onPath(name);
  if (path === undefined) {
    console.error(`SKIPPED: tests of ${name}, which isn't installed.`);
    return undefined;
  }
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), `quotewire-${name}-`));
  const { config, args } = configure(port, folder);
  const file = join(folder, 'config');
  writeFileSync(file, config);
  const child = spawn(path, args(file), {
    env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  atFileEnd(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output = (output + chunk).slice(-5_000);
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await eventually(async () => (await fetch(`${url}/livez`)).ok, { what: `${name} answers` });
  } catch (cause) {
    throw new Error(`${name} doesn't work:\n${output}`, { cause });
  }
  return url;
}
