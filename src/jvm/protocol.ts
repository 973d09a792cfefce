import type { JsonObject } from '../model/json.ts';

/**
 * What goes over the unix socket of a host JVM: one JSON object a line, `{id, method, params}` one way, `{id, result}` or
 * `{id, error: {code, message, details}}` back, in any order. The other end is java-host/src/io/pj/host/Protocol.java.
 */
export const HOST_PROTOCOL = 1;

/** An application as its host is to run it. Sensitive values are in it: it goes over the socket and stays in memory. */
export type AppCall = {
  /** `ID@GENERATION`: its name within the host. */
  key: string;
  id: string;
  generation: number;
  lineage: string;
  /** Told apart from another deployment of the same key: random, made by create. */
  instance: string;
  /** Digest of the spec; another one is another application. */
  digest: string;
  mainClass: string;
  /** Absolute paths of jars and folders, `*` expanded, and what a jar's manifest adds. */
  classpath: string[];
  args: string[];
  /** System properties that only it sees. */
  properties: Record<string, string>;
  type: 'service' | 'job';
  daemon: boolean;
  messaging: boolean;
  threadPool: { corePoolSize: number; maxPoolSize: number; queueCapacity: number; keepAlive: number } | null;
  maxThreads: number | null;
  /** Cores. */
  cpu: number | null;
  /** Seconds. */
  restart: {
    policy: 'no' | 'on-failure' | 'always';
    maxAttempts: number;
    delay: number;
    maxDelay: number;
    resetAfter: number;
  };
  /** Seconds between the asking and the giving up. */
  gracePeriod: number;
  /** Null: it may do what the host may. Permissions as in a java.policy file: `{path, actions}`, `{address, actions}`. */
  security: {
    reflection: boolean;
    networking: boolean;
    fileSystem: boolean;
    files: { path: string; actions: string }[];
    sockets: { address: string; actions: string }[];
  } | null;
  /** `size`: bytes it should not outgrow; watched. */
  volumes: { name: string; path: string; size: number | null }[];
  /** Its output is appended to these. */
  logs: { out: string; err: string };
};

export type AppPhase =
  | 'deployed'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'completed'
  | 'failed'
  | 'backoff';

/** How an application ended by itself. */
export type AppExit = {
  /** Of System.exit; 0 when main returned, 1 when it threw. */
  code: number;
  /** What main threw, with the top of its stack; null where it did not. */
  error: string | null;
  /** ISO 8601. */
  at: string;
};

/** An application as its host has it. */
export type AppState = {
  key: string;
  id: string;
  generation: number;
  lineage: string;
  instance: string;
  /** Names the last start that was asked for; restarts by the host keep it. */
  run: string | null;
  digest: string;
  phase: AppPhase;
  /** ISO 8601: since when it is in this phase. */
  since: string;
  startedAt: string | null;
  /** Since the start that was asked for. */
  restarts: number;
  attempts: number;
  /** When a `backoff` ends. */
  nextStart: string | null;
  lastExit: AppExit | null;
  /** Why it is in this phase, where there is more to say. */
  reason: string | null;
  /** What the kernel holds, read back; null: no limit. */
  held: { cpu: number | null; maxThreads: number | null };
  /** Why a wanted limit is not held, for people. */
  notHeld: string[];
  threads: number;
  /** Classes that its loaders have defined. */
  classes: number;
  /** Loaders of it that should be gone and are not. */
  leaked: number;
  /** Bytes in each volume that has a size, as last measured; null: not yet. */
  volumes: { name: string; bytes: number | null; size: number }[];
};

/** What holds a loader that should be gone, for people: `thread`, `shutdownHook`, `threadLocal`, `timer`, `jdbcDriver`, `mbean`, `loggingHandler`, `unknown`. */
export type Leak = { kind: string; what: string };

export type HostState = {
  protocol: number;
  /** Version of pj that its program came with. */
  version: string;
  pid: number;
  /** ISO 8601. */
  startedAt: string;
  java: { version: string; feature: number; vendor: string; home: string };
  /** Bytes. */
  heap: { used: number; committed: number; max: number };
  threads: number;
  /** Whether quotas of applications are held by the kernel; the reason where not. */
  cgroup: { cpu: boolean; threads: boolean; reason: string | null };
  /** Security policies can be held. */
  policies: boolean;
  /** Loaders that should be gone and are not, of applications that are not there any more. */
  leaks: { key: string; at: string; by: Leak[] }[];
};

export type AppSample = {
  key: string;
  /** CPU time in µs of all its threads, those that have ended too where the kernel counts. */
  cpuUsec: number;
  /** Bytes that its living threads have allocated since they started. */
  allocated: number;
  threads: number;
  classes: number;
  restarts?: number;
  /** ISO 8601. */
  startedAt?: string | null;
  /** Cores that the kernel holds it to; null: no limit. */
  cpu?: number | null;
  /** Bytes in its volumes that have a size, as last measured; null: nothing measured. */
  disk?: number | null;
};

/** Every call of a host: what goes in, what comes out. Each may be made twice. */
export interface HostCalls {
  hello: { params: Record<string, never>; result: HostState };
  /** Loader, pool and groups are made; nothing of it runs yet. One of this key with this instance stays, with the new call for its next start. */
  deploy: { params: { app: AppCall }; result: AppState };
  /** Ends when main has been entered, or has ended. What runs with this digest stays; what came of a start of this `run` too, unless its main was never entered. */
  start: { params: { app: AppCall; run: string }; result: AppState };
  /** Runs its shutdown hooks, interrupts its threads, waits for `gracePeriod` seconds. Error `threads-remain` with what is left. Null: it is not there. */
  stop: { params: { key: string; gracePeriod: number }; result: AppState | null };
  /** New limits, pool sizes and restart policy while it runs. */
  update: { params: { app: AppCall }; result: AppState };
  /**
   * Less processor time than it was deployed with, in cores, until its next start or update; null lifts that. What does not run, or runs as another instance,
   * is left as it is. Null: it is not there.
   */
  throttle: { params: { key: string; instance: string; cpu: number | null }; result: AppState | null };
  /** The same application from another class path beside the running one: when its main runs, the old one is stopped and dropped. An error leaves the old one. */
  reload: { params: { app: AppCall; run: string }; result: AppState };
  /** Stops it and drops its loader. `leak`: what still holds it after several collections; null: it was collected. */
  undeploy: {
    params: { key: string; gracePeriod: number };
    result: { leak: Leak[] | null; collections: number } | null;
  };
  /** Everything, in one round trip. */
  list: { params: Record<string, never>; result: { host: HostState; apps: AppState[] } };
  sample: { params: Record<string, never>; result: { host: HostState; cpuUsec: number; apps: AppSample[] } };
  /** What it was asked to run, with sensitive values: for an agent that has lost its memory. */
  recall: { params: Record<string, never>; result: { app: AppCall; run: string | null }[] };
  /** Its threads with their stacks, as text. */
  threads: { params: { key: string }; result: { text: string } };
  /** Stops everything, latest first, and ends the JVM. */
  shutdown: { params: { gracePeriod: number }; result: null };
}

export type HostMethod = keyof HostCalls;

/** `code` of an error: what a client may have to tell apart. */
export type HostErrorCode =
  | 'threads-remain'
  | 'start-failed'
  | 'not-deployed'
  | 'bad-request'
  | 'other-lineage'
  | 'ending'
  | 'internal';
export type HostError = { code: HostErrorCode; message: string; details: JsonObject };
