import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { answers, ask, tell } from './answer.ts';
import { ourDaemon } from './daemon.ts';
import { DOCKER_SOCKET } from './docker.ts';
import { folder } from './place.ts';
import { PODMAN_SOCKET } from './podman.ts';
import type { Images } from './record.ts';
import { credentials } from './registry.ts';
import { archive, busyboxRoot, type Fill, nginxLayer, redisLayer, webLayer } from './root-fs.ts';
import type { Given, Run, Step } from './step.ts';

interface Recipe {
  /** `name:tag`, below `pj/`. */
  tag: string;
  layer?: Fill;
  /** Lines of the Dockerfile, after the layers. */
  lines: readonly string[];
}

/** No `wget -T`: in Debian's static busybox it crashes. */
const HEALTH =
  'HEALTHCHECK --interval=1s --timeout=2s --retries=2 CMD wget -q -O /dev/null "http://127.0.0.1:${PORT:-8080}/"';
const httpd = (version: string): Recipe => ({
  tag: `httpd:${version}`,
  layer: (root) => webLayer(root, version),
  lines: ['EXPOSE 8080', HEALTH, 'CMD ["/bin/serve"]'],
});

const RECIPES: Record<keyof Images, Recipe> = {
  busybox: { tag: 'busybox:1', lines: ['CMD ["/bin/sh"]'] },
  httpd1: httpd('1'),
  httpd2: httpd('2'),
  redis: {
    tag: 'redis:1',
    layer: redisLayer,
    lines: [
      'EXPOSE 6379',
      'WORKDIR /data',
      'ENTRYPOINT ["/usr/bin/redis-server"]',
      'CMD ["--bind", "0.0.0.0", "--protected-mode", "no"]',
    ],
  },
  nginx: {
    tag: 'nginx:1',
    layer: nginxLayer,
    lines: ['EXPOSE 8080', 'STOPSIGNAL SIGQUIT', 'CMD ["/usr/sbin/nginx", "-e", "stderr", "-g", "daemon off;"]'],
  },
};

const docker = { socket: DOCKER_SOCKET };
const LABEL = 'pj.recipe';

/** Images of Debian's programs, built by Docker on empty roots and pushed to the registries; Podman pulls them from there. */
export const images: Step = {
  name: 'images',
  packages: ['busybox-static', 'redis-server', 'nginx'],
  gives: ['registry', 'privateRegistry'],
  needs: ['docker', 'registry'],
  daemons: [],
  async up(run) {
    const base = `${folder('images')}/busybox.tar`;
    await archive(base, busyboxRoot);
    const build = async (name: keyof Images): Promise<[string, string]> => [
      name,
      await provide(RECIPES[name], base, host(run)),
    ];
    // The first one's layer is in all others.
    const made = [await build('busybox')];
    for (const name of ['httpd1', 'httpd2', 'redis', 'nginx'] as const) made.push(await build(name));
    const all = Object.fromEntries(made) as unknown as Images;
    return { registry: { host: host(run), images: all }, ...(await providePrivate(all.httpd1, run)) };
  },
  down: async () => undefined,
};

/** Builds and pushes an image where it is not there yet as its recipe says; gives its reference. */
async function provide(recipe: Recipe, base: string, registry: string): Promise<string> {
  const [repository = '', tag = ''] = recipe.tag.split(':');
  const context = folder('images', recipe.tag.replace(':', '-'));
  const layers = { 'base.tar': base };
  if (recipe.layer !== undefined) {
    await archive(`${context}/layer.tar`, recipe.layer);
    Object.assign(layers, { 'layer.tar': `${context}/layer.tar` });
  }
  const dockerfile = [
    'FROM scratch',
    ...Object.keys(layers).map((name) => `ADD ${name} /`),
    'ENV PATH=/bin:/usr/bin',
    ...recipe.lines,
  ];
  const digest = createHash('sha256').update(dockerfile.join('\n'));
  for (const file of Object.values(layers)) digest.update(readFileSync(file));
  const made = digest.digest('hex');
  const name = `${registry}/pj/${repository}`;
  if (!(await isThere(name, tag, registry, made))) {
    copyFileSync(base, `${context}/base.tar`);
    writeFileSync(`${context}/Dockerfile`, `${dockerfile.join('\n')}\n`);
    await build(context, `${name}:${tag}`, made);
    await push(name, tag);
  }
  if (ourDaemon('podman') !== undefined) await pullIntoPodman(name, tag);
  return `${name}:${tag}`;
}

/** True when Docker has exactly this image, and the registry the same. */
async function isThere(name: string, tag: string, registry: string, made: string): Promise<boolean> {
  const inspected = await ask(docker, `/images/${name}:${tag}/json`);
  if (inspected.status !== 200) return false;
  const image = JSON.parse(inspected.body) as {
    Config: { Labels?: Record<string, string> | null };
    RepoDigests?: string[] | null;
  };
  if (image.Config.Labels?.[LABEL] !== made) return false;
  const accept = { Accept: 'application/vnd.docker.distribution.manifest.v2+json' };
  const manifest = await ask({ host: registry }, `/v2/${name.slice(registry.length + 1)}/manifests/${tag}`, {
    method: 'HEAD',
    headers: accept,
  });
  return (
    manifest.status === 200 &&
    (image.RepoDigests ?? []).includes(`${name}@${manifest.headers['docker-content-digest']}`)
  );
}

/** The builder that needs no BuildKit, through the API, so that it does not matter which docker command is first in PATH. */
async function build(context: string, reference: string, made: string): Promise<void> {
  const query = new URLSearchParams({
    t: reference,
    labels: JSON.stringify({ [LABEL]: made }),
    networkmode: 'none',
    forcerm: '1',
  });
  const tar = spawn('tar', ['-C', context, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const headers = { 'Content-Type': 'application/x-tar' };
  await tell(docker, `/build?${query}`, { method: 'POST', headers, body: tar.stdout, deadlineMs: 120_000 });
}

/** Without an account the registry is asked without one. */
async function push(name: string, tag: string, account: object = {}): Promise<void> {
  // With the letters for URLs and yet with padding.
  const auth = Buffer.from(JSON.stringify(account)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const headers = { 'X-Registry-Auth': auth };
  await tell(docker, `/images/${name}/push?tag=${tag}`, { method: 'POST', headers, deadlineMs: 60_000 });
}

const pullIntoPodman = (name: string, tag: string): Promise<string> =>
  tell({ socket: PODMAN_SOCKET }, `/v1.41/images/create?fromImage=${name}&tag=${tag}`, {
    method: 'POST',
    deadlineMs: 60_000,
  });

/** A copy that is only in the protected registry: whoever wants it has to log in and pull. */
async function providePrivate(image: string, { ports }: Run): Promise<Given> {
  if (ourDaemon('private-registry') === undefined) return {};
  const [host, account] = [`127.0.0.1:${ports['private-registry']}`, credentials()];
  const name = `${host}/pj/private`;
  await tell(docker, `/images/${image}/tag?repo=${name}&tag=1`, { method: 'POST' });
  await push(name, '1', { ...account, serveraddress: host });
  await tell(docker, `/images/${name}:1`, { method: 'DELETE' });
  return { privateRegistry: { host, ...account, image: `${name}:1` } };
}

/** Takes our images out of a Docker that may outlive our registry. Whatever a container uses stays. */
export async function removeImages(registry: string): Promise<void> {
  if (!(await answers(docker, '/_ping'))) return;
  const filters = encodeURIComponent(JSON.stringify({ label: [LABEL] }));
  const ours = JSON.parse(await tell(docker, `/images/json?filters=${filters}`)) as { RepoTags: string[] | null }[];
  const tags = ours.flatMap((image) => image.RepoTags ?? []).filter((tag) => tag.startsWith(`${registry}/`));
  for (const tag of tags) await ask(docker, `/images/${tag}`, { method: 'DELETE' });
}

const host = ({ ports }: Run): string => `127.0.0.1:${ports.registry}`;
