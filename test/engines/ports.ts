import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { ourDaemon } from './daemon.ts';
import { place } from './place.ts';

/** The servers on loopback, by the names of their processes, and the port that each has unless somebody else sits there. */
const USUAL = { registry: 5000, 'private-registry': 5001, sshd: 2222 } as const;

type Server = keyof typeof USUAL;
export type Ports = Record<Server, number>;

/**
 * A port of 127.0.0.1 for each server: the one it has had, as long as it still has it or can have it again, else another. Chosen for all
 * together before anything starts, since others are configured with them.
 */
export async function choosePorts(): Promise<Ports> {
  const before = readPorts();
  const ports = { ...USUAL, ...before } as Ports;
  const taken = new Set<number>();
  for (const server of Object.keys(USUAL) as Server[]) {
    const ours = before[server] !== undefined && ourDaemon(server) !== undefined;
    if (!ours && (taken.has(ports[server]) || !(await isFree(ports[server])))) ports[server] = await freePort();
    taken.add(ports[server]);
  }
  writeFileSync(place('ports.json'), `${JSON.stringify(ports)}\n`);
  return ports;
}

/** Those chosen last. */
export function readPorts(): Partial<Ports> {
  try {
    return JSON.parse(readFileSync(place('ports.json'), 'utf8')) as Partial<Ports>;
  } catch {
    return {}; // The first time.
  }
}

const isFree = (port: number): Promise<boolean> =>
  listen(port).then(
    () => true,
    () => false,
  );

const freePort = (): Promise<number> => listen(0);

/** Listens there for a moment; gives the port. */
function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? port) : port));
    });
  });
}
