/** Where a Java application runs: `shared` is the host JVM called default, `own` a JVM of its own, any other name the host JVM of that name. */
export const SHARED_JVM = 'shared';
export const OWN_JVM = 'own';
/** The name of the host JVM that `shared` stands for. */
export const DEFAULT_HOST = 'default';

/** A Java application. */
export type JavaSpec = {
  mainClass?: string;
  /** An executable jar: its manifest names main class and class path. */
  jar?: string;
  /** Jars and folders, as paths relative to the project or `file:` URLs; `DIR/*` is every jar in it. */
  classpath?: string[];
  args?: string[];
  /** `shared` (default), `own`, or the name of a host JVM. Once descriptors are read only `own` is left: `host` says the rest. */
  jvm?: string;
  /** Filled in when descriptors are read: the id of the workload that is its host JVM; absent for a JVM of its own. */
  host?: string;
  /** Own JVM: home of the JDK or JRE; default JAVA_HOME, then PATH. */
  home?: string;
  /** Major version that it needs: `17` (exactly), `>=17`. */
  version?: string;
  /** Own JVM only. */
  jvmArgs?: string[];
  /** Own JVM only: bytes. Default from resources.memory with headroom (heapOf). */
  heap?: number;
  /** `job`: main runs once to its end; `service` (default): should go on running. */
  type?: 'service' | 'job';
  /** A changed class path is taken up by a second loader beside the first, which is dropped when the new one runs. */
  reloadable?: boolean;
  /** It goes on running after main has returned though no thread of its own is left. */
  daemon?: boolean;
  enableMessaging?: boolean;
  threadPool?: ThreadPool;
  /** Ports that it listens on, told for references and clash checks. */
  ports?: number[];
};

export type ThreadPool = {
  /** Default 1. */
  corePoolSize?: number;
  /** Default corePoolSize, or 1. */
  maxPoolSize?: number;
  /** Tasks that may wait; default 100. One more is refused (RejectedExecutionException). */
  queueCapacity?: number;
  /** Seconds; default 60. */
  keepAlive?: number;
};

/** What `security` of a Java application may hold; all but the first group is for a JVM of its own. */
export type JavaSecurity = {
  /** False: setAccessible of what it may not see is refused. */
  allowReflection?: boolean;
  allowNetworking?: boolean;
  allowFileSystem?: boolean;
  /** `read /etc/app/-` or `read,write /data/*`, or a map of paths to actions. */
  filePermissions?: string[] | Record<string, string>;
  /** `connect db:5432`, or a map of addresses to actions. */
  socketPermissions?: string[] | Record<string, string>;
  /** Nobody trusts its code: never in a shared JVM. */
  untrusted?: boolean;
};

/** A host JVM that applications share. */
export type JvmSpec = {
  /** Bytes: -Xmx. Default from resources.memory with headroom, else the JVM's own default. */
  heap?: number;
  /** Flags of the JVM. */
  args?: string[];
  /** Home of the JDK or JRE; default JAVA_HOME, then PATH. */
  home?: string;
  /** Major version that it needs: `17` (exactly), `>=17`; 17 is the least. */
  version?: string;
  /** Libraries that all its applications see, after their own: paths as in JavaSpec. */
  classpath?: string[];
};

/** The name of the host JVM that a `java.jvm` means; undefined for a JVM of its own. */
export function hostName(jvm: string | undefined): string | undefined {
  if (jvm === OWN_JVM) return undefined;
  return jvm === undefined || jvm === SHARED_JVM ? DEFAULT_HOST : jvm;
}

const MIB = 1024 * 1024;

/**
 * The heap that fits into a memory limit: three quarters of it, and at least 64 MiB below it are left for the rest of the JVM (metaspace, threads, code);
 * never less than 16 MiB. Bytes.
 */
export function heapOf(memory: number): number {
  return Math.max(16 * MIB, Math.floor(Math.min(memory * 0.75, memory - 64 * MIB) / MIB) * MIB);
}
