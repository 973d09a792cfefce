import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { PjError } from '../errors.ts';
import { isObject, type JsonObject } from '../model/json.ts';
import type { Watch } from './awake/awake.ts';
import type { AgentInfo, Calls, Method } from './calls.ts';
import { pick, sample } from './sample.ts';
import type { Supervisor } from './supervisor.ts';
import { PROTOCOL, receive, send, toWire } from './wire.ts';

/** What the server asks of the program that it is in. */
export interface Host {
  supervisor: Supervisor;
  /** The watch over all kinds. */
  awake: Pick<Watch, 'status' | 'needed' | 'look'>;
  info(): AgentInfo;
  /** Ends the agent soon, once the answer is out. */
  end(handOver?: boolean): void;
}

type Handlers = { [M in Method]: (params: Calls[M]['params']) => Promise<Calls[M]['result']> };

function handlers({ supervisor, awake, info, end }: Host): Handlers {
  return {
    hello: ({ protocol }) => {
      if (protocol !== PROTOCOL) throw new PjError('PJ5204', { theirs: PROTOCOL, ours: protocol });
      return Promise.resolve(info());
    },
    create: (call) => supervisor.create(call),
    start: (call) => supervisor.start(call),
    stop: ({ identity, instance, atOnce }) => supervisor.stop(identity, instance, atOnce),
    update: (call) => supervisor.update(call),
    destroy: async ({ identity, instance, destroyVolumes }) => {
      await supervisor.destroy(identity, destroyVolumes, instance);
      return null;
    },
    adopt: (call) => supervisor.adopt(call),
    release: async ({ identity, instance }) => ({ released: await supervisor.release(identity, instance) }),
    keepTenant: (call) => supervisor.tenants.keep(call),
    dropTenant: (of) => supervisor.tenants.drop(of),
    releaseTenant: async ({ identity, instance }) => ({
      released: await supervisor.tenants.release(identity, instance),
    }),
    lookTenants: ({ ids }) => Promise.resolve(supervisor.tenants.look(ids)),
    look: ({ ids }) => supervisor.look(ids),
    orphans: ({ lineage }) => Promise.resolve(supervisor.orphans(lineage)),
    sample: ({ keys }) => sample(pick(supervisor.all, keys), supervisor.world),
    info: () => Promise.resolve(info()),
    shutdown: ({ handOver }) => {
      const left = supervisor.active();
      end(handOver === true);
      return Promise.resolve({ left });
    },
    shutdownIfIdle: async () => {
      await awake.look();
      const ending = supervisor.active().length === 0 && !awake.needed;
      if (ending) end();
      return { ending };
    },
    awake: () => Promise.resolve(awake.status()),
  };
}

/** Serves the calls on a unix socket, mode 0600. */
export class AgentServer {
  private server: Server | undefined;
  private inode = 0;
  private readonly open = new Set<Socket>();
  private readonly table: Handlers;
  /** Calls under way. */
  busy = 0;
  /** When the last call ended, in performance.now() ms. */
  lastCall = performance.now();

  constructor(host: Host) {
    this.table = handlers(host);
  }

  /** Listens. A socket file that is in the way is a dead agent's, since the caller holds the lock: removed. */
  async listen(path: string): Promise<void> {
    // One that lost its file (to a cleaner of temporary folders) goes on with the connections that it has; closing it takes away what has its name.
    this.server?.close();
    rmSync(path, { force: true });
    const server = createServer((socket) => this.accept(socket));
    // Nobody else may enter its folder, so that the mode may come a moment later; a umask would hold for a process started meanwhile too.
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    this.server = server;
    this.inode = lstatSync(path).ino;
  }

  /** Whether the socket's file still is the one that it listens on. */
  isReachable(path: string): boolean {
    return lstatSync(path, { throwIfNoEntry: false })?.ino === this.inode;
  }

  /** Connections open now. */
  get connections(): number {
    return this.open.size;
  }

  /** Takes no more connections and ends the open ones. */
  close(): Promise<void> {
    for (const socket of this.open) socket.end();
    return new Promise((resolve) => {
      if (this.server === undefined) return resolve();
      this.server.close(() => resolve());
      setTimeout(() => {
        for (const socket of this.open) socket.destroy();
      }, 200).unref();
    });
  }

  private accept(socket: Socket): void {
    this.open.add(socket);
    socket.on('close', () => this.open.delete(socket));
    // A client that was killed in the middle; what it asked for is done to its end all the same.
    socket.on('error', () => undefined);
    let greeted = false;
    receive(socket, (message) => {
      const { id, method, params } = message;
      if (typeof id !== 'number') return void socket.destroy();
      if (typeof method !== 'string' || !Object.hasOwn(this.table, method)) {
        send(socket, { id, error: toWire(new PjError('PJ5208', { method: String(method) })) });
        return;
      }
      if (!greeted && method !== 'hello') {
        const error = new PjError('PJ5210', { method, reason: 'hello comes first' });
        send(socket, { id, error: toWire(error) });
        return;
      }
      greeted = true;
      void this.answer(socket, id, method as Method, isObject(params) ? params : {});
    });
  }

  private async answer(socket: Socket, id: number, method: Method, params: JsonObject): Promise<void> {
    this.busy += 1;
    try {
      checkParams(method, params);
      const call = this.table[method] as (params: unknown) => Promise<unknown>;
      const result = await call(params);
      send(socket, { id, result: (result ?? null) as JsonObject });
    } catch (error) {
      send(socket, { id, error: toWire(error) });
    } finally {
      this.busy -= 1;
      this.lastCall = performance.now();
    }
  }
}

/** The file names of the registry are made from the identity, so it is looked at before anything is done with it. Throws PJ5210. */
function checkParams(method: Method, params: JsonObject): void {
  const refuse = (reason: string): never => {
    throw new PjError('PJ5210', { method, reason });
  };
  const { identity, spec } = params;
  if (NAMING.includes(method)) {
    if (!isObject(identity)) throw new PjError('PJ5210', { method, reason: 'it names no workload' });
    const { id, lineage, generation } = identity;
    if (typeof id !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) refuse('the id is not one');
    if (typeof lineage !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(lineage))
      refuse('the lineage is not one');
    if (!Number.isSafeInteger(generation) || Number(generation) < 0) refuse('the generation is not a number');
  }
  if (SPECIFYING.includes(method) && !isObject(spec)) refuse('it has no spec');
  if (method === 'keepTenant') {
    const { inside, after, wanted, base, specDigest } = params;
    if (!isObject(inside) || typeof inside['id'] !== 'string') refuse('it does not say which JVM it is inside');
    if (!Array.isArray(after) || !after.every((id) => typeof id === 'string'))
      refuse('it does not say what comes before');
    if (wanted !== 'running' && wanted !== 'stopped') refuse('it does not say what is wanted');
    if (!isObject(base) || typeof specDigest !== 'string') refuse('it has no digest or no environment');
  }
}

/** Calls that name a workload, and those of them that say what it is to be. */
const SPECIFYING: readonly Method[] = ['create', 'start', 'update', 'adopt', 'keepTenant'];
const NAMING: readonly Method[] = [...SPECIFYING, 'stop', 'destroy', 'release', 'dropTenant', 'releaseTenant'];
