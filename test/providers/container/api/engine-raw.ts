import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { CallContext } from '../../../../src/providers/contract.ts';
import { MARK } from '../../../../src/providers/marks.ts';

export const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };

/** A name that nobody else has. */
export const fresh = (what: string): string => `pjtest-${what}-${randomUUID().slice(0, 8)}`;

/** The environment in which pj finds the one engine and none of the others. */
export const envFor = (name: 'docker' | 'podman', socket: string): Record<string, string> => {
  const [own, other] = name === 'docker' ? ['DOCKER_HOST', 'CONTAINER_HOST'] : ['CONTAINER_HOST', 'DOCKER_HOST'];
  return { [own]: `unix://${socket}`, [other]: 'unix:///nowhere/engine.sock', HOME: '/nowhere', PATH: '/usr/bin:/bin' };
};

/** Asks an engine behind pj's back. Gives the parsed body, or its text where it is no JSON; throws for what is no success. */
export function raw<T = unknown>(
  socket: string,
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', ...more };
    const asked = request({ socketPath: socket, method, path: `/v1.41${path}`, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((answer.statusCode ?? 500) >= 400) return reject(new Error(`${method} ${path}: ${text}`));
        resolve(parsed(text) as T);
      });
    });
    asked.once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return text.trim() === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

type Labelled = { Labels?: Record<string, string> | null };

/** Names of the networks and volumes that bear a lineage. */
export async function marked(socket: string, lineage: string): Promise<{ networks: string[]; volumes: string[] }> {
  const networks = (await raw<({ Name: string } & Labelled)[] | null>(socket, 'GET', '/networks')) ?? [];
  const { Volumes: volumes } = await raw<{ Volumes: ({ Name: string } & Labelled)[] | null }>(
    socket,
    'GET',
    '/volumes',
  );
  const names = (all: ({ Name: string } & Labelled)[] | null) =>
    (all ?? []).filter(({ Labels }) => Labels?.[MARK.lineage] === lineage).map(({ Name }) => Name);
  return { networks: names(networks), volumes: names(volumes) };
}

/** Removes whatever is there of these, in the order in which they use each other. */
export async function removeAll(
  socket: string,
  things: { containers?: readonly string[]; networks?: readonly string[]; volumes?: readonly string[] },
): Promise<void> {
  const quietly = (path: string) => raw(socket, 'DELETE', path).catch(() => undefined);
  for (const name of things.containers ?? []) await quietly(`/containers/${name}?force=true&v=true`);
  for (const name of things.networks ?? []) await quietly(`/networks/${name}`);
  for (const name of things.volumes ?? []) await quietly(`/volumes/${name}?force=true`);
}

/** A subnet that nobody else has, of 10.128.0.0/9, /24. */
export const freshSubnet = (): { subnet: string; prefix: string } => {
  const random = () => Math.floor(Math.random() * 256);
  const prefix = `10.${128 + (random() >> 1)}.${random()}`;
  return { subnet: `${prefix}.0/24`, prefix };
};
