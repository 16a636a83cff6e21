import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePorts, isExecutable, onPath } from '@quotewire/testing';
import { afterAll } from 'vitest';

/** Where a proxy sends requests: those whose path begins with `path` to any of these ports. */
export interface Upstream {
  readonly path: string;
  readonly ports: readonly number[];
}

const running = new Map<ChildProcess, string>();

// n.b. of the file that imports this
afterAll(() => {
  for (const [child, folder] of running) {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Starts nginx with the headers that its guides advise; undefined, with a loud line, where it isn't installed. */
export function startNginx(upstreams: readonly Upstream[]): Promise<string | undefined> {
  return startProxy('nginx', (port, folder) => {
    // n.b. by default a server that was restarted isn't asked for 10 s, and answers are 502 when the
    // other one is restarted within them: on which an EventSource gives up for good
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

/** Starts Caddy; undefined, with a loud line, where it isn't installed. */
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

/** Resolves with its address, without a slash at the end. */
async function startProxy(
  name: string,
  configure: (
    port: number,
    folder: string,
  ) => { config: string; args: (file: string) => readonly string[] },
): Promise<string | undefined> {
  // n.b. Debian has nginx where only root looks
  const path = [`/usr/sbin/${name}`].find(isExecutable) ?? onPath(name);
  if (path === undefined) {
    console.error(`SKIPPED: what goes through ${name}, which isn't installed here.`);
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
  running.set(child, folder);
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
