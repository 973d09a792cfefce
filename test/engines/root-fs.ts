import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BUSYBOX } from './guest/needs.ts';
import { runTool } from './guest/run-tool.ts';
import { librariesOf } from './libraries.ts';

/** Fills a root file system in that folder. */
export type Fill = (root: string) => Promise<void>;

/** Packs what `fill` makes as a tar archive, which is the same, byte by byte, whenever its content is. */
export async function archive(file: string, fill: Fill): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'pj-root-'));
  try {
    chmodSync(root, 0o755);
    await fill(root);
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
    await runTool('tar', [...same, '-C', root, '-cf', `${file}.new`, '.'], '/', 60_000);
    renameSync(`${file}.new`, file); // Somebody may be reading the old one.
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Busybox under all its names, in a root that is enough for a container. */
export async function busyboxRoot(root: string): Promise<void> {
  for (const name of ['dev', 'etc', 'proc', 'root', 'run', 'sys', 'var']) mkdirSync(join(root, name));
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777); // A tmpfs over it takes its mode.
  await copyProgram(root, BUSYBOX, '/bin/busybox');
  const names = (await runTool(BUSYBOX, ['--list'], '/', 10_000)).split('\n');
  for (const name of names) if (name !== '' && name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\napp:x:1000:\nnogroup:x:65534:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
}

/** Busybox and what `webLayer` adds. */
export async function httpdRoot(root: string, version: string): Promise<void> {
  await busyboxRoot(root);
  await webLayer(root, version);
}

/**
 * A web server on $PORT (8080), which starts after $START_DELAY seconds (0). `/` says $BODY (`pj httpd VERSION`), with status 503 as long
 * as /tmp/unhealthy is there; `/cgi-bin/env` says its host name and environment; `/cgi-bin/sleep?SECONDS` answers late. Ends on SIGTERM.
 */
export async function webLayer(root: string, version: string): Promise<void> {
  const script = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `#!/bin/sh\n${text}`);
    chmodSync(join(root, path), 0o755);
  };
  const plain = (status: string) => `printf 'Status: ${status}\\r\\nContent-Type: text/plain\\r\\n\\r\\n'`;
  // As the first process of a container the shell gets only signals that it asked for.
  script(
    'bin/serve',
    `trap 'kill $!; exit 0' TERM INT\nsleep "\${START_DELAY:-0}" & wait $!\nhttpd -f -p "\${PORT:-8080}" -h /www & wait $!\n`,
  );
  // httpd runs this one for `/`, having no index.html.
  const body = `printf '%s\\n' "\${BODY:-pj httpd ${version}}"\n`;
  script(
    'www/cgi-bin/index.cgi',
    `if [ -e /tmp/unhealthy ]; then ${plain('503 Service Unavailable')}; echo unhealthy; exit; fi\n${plain('200 OK')}\n${body}`,
  );
  script('www/cgi-bin/env', `${plain('200 OK')}\nhostname\nenv\n`);
  script('www/cgi-bin/sleep', `sleep "\${QUERY_STRING:-1}"\n${plain('200 OK')}\n${body}`);
}

/** Debian's Redis. */
export async function redisLayer(root: string): Promise<void> {
  for (const name of ['redis-server', 'redis-cli']) await copyProgram(root, `/usr/bin/${name}`);
  mkdirSync(join(root, 'data'), { recursive: true });
  chmodSync(join(root, 'data'), 0o1777); // For whatever user it runs as.
}

/** Debian's nginx, which answers on 8080; servers of one's own go to /etc/nginx/conf.d. It writes below /tmp only. */
export async function nginxLayer(root: string): Promise<void> {
  await copyProgram(root, '/usr/sbin/nginx');
  mkdirSync(join(root, 'etc/nginx/conf.d'), { recursive: true });
  copyFileSync('/etc/nginx/mime.types', join(root, 'etc/nginx/mime.types'));
  writeFileSync(join(root, 'etc/nginx/nginx.conf'), NGINX);
  writeFileSync(
    join(root, 'etc/nginx/conf.d/default.conf'),
    'server { listen 8080; location / { return 200 "pj nginx\\n"; } }\n',
  );
}

/** `user root`: giving up root takes capabilities, which a container may have dropped. */
const NGINX = `user root;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
  access_log /dev/stdout;
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  include mime.types;
  default_type text/plain;
  include conf.d/*.conf;
}
`;

/** Copies a program of this host, with the libraries that it needs. */
export async function copyProgram(root: string, from: string, to = from): Promise<void> {
  for (const [source, target] of [[from, to], ...(await librariesOf(from)).map((path) => [path, path])] as [
    string,
    string,
  ][]) {
    const path = join(root, target);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(source, path);
    chmodSync(path, 0o755);
  }
}
