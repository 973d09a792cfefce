// Made by scripts/gen-types.ts from schemas/. Do not edit.

/**
 * Storage that it sees.
 */
export type Volumes = Volume[];
/**
 * Differences there are not planned.
 */
export type Pointers = string[];
/**
 * A difference there forces a replacement.
 */
export type Pointers1 = string[];

/**
 * One workload of pj: the native dialect (typed blocks) or the platform-java dialect (flat keys under properties).
 */
export interface Descriptor {
  /**
   * The workload's id, unique in the project.
   */
  applicationId: string;
  /**
   * What runs it. Told by the keys that are there; where it is given it must agree with them.
   */
  kind?: ('vm' | 'container' | 'java' | 'native' | 'external' | 'jvm' | 'network' | 'volume') | string;
  /**
   * A name for people.
   */
  name?: string;
  /**
   * What it is for.
   */
  description?: string;
  /**
   * The version of what runs.
   */
  version?: string | number | boolean;
  /**
   * Free labels; they become engine labels and metric labels.
   */
  tags?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * Makes this many workloads: ID-0 … ID-(N-1). A dependency on ID waits for all of them.
   */
  replicas?: number | string;
  /**
   * Workloads that must be there before this one starts.
   */
  dependencies?: (string | DependencyObject)[] | string;
  /**
   * What it should be; `paused` is for vm and container.
   */
  desiredState?: ('running' | 'stopped' | 'paused') | string;
  resources?: Resources;
  healthCheck?: HealthCheck;
  restart?: Restart;
  stop?: Stop;
  /**
   * Environment of the workload.
   */
  env?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  properties?: FlatProperties;
  volumes?: Volumes;
  /**
   * What it may do; the keys are those of its kind.
   */
  security?: Security | Security1 | Security2 | Security3;
  lifecycle?: Lifecycle;
  /**
   * A change that fails goes back to the last good one; the same as `lifecycle.rollback`.
   */
  rollback?: boolean | string;
  monitoring?: Monitoring;
  native?: Native;
  external?: External;
  network?: Network;
  volume?: StoredVolume;
  container?: Container;
  vm?: VirtualMachine;
  java?: Java;
  jvm?: Jvm;
  /**
   * platform-java: it is a native binary.
   */
  nativeImage?: boolean | string;
  /**
   * The class with the main method.
   */
  mainClass?: string;
  /**
   * Jars and folders, as paths relative to the project or file: URLs; `DIR/*` is every jar in it. One text is parted at colons.
   */
  classpath?: string[] | string;
  /**
   * It may use the message bus.
   */
  enableMessaging?: boolean | string;
  threadPool?: ThreadPool;
  /**
   * Jars and folders, as paths relative to the project or file: URLs; `DIR/*` is every jar in it. One text is parted at colons.
   */
  classpathEntries?: string[] | string;
  threadPoolConfig?: ThreadPool1;
}
export interface DependencyObject {
  /**
   * The workload that it depends on.
   */
  id: string;
  /**
   * `started`: it runs; `healthy`: its health check passes; `completed`: it ran to its end with success. Default: healthy where it has a health check, else started.
   */
  condition?: ('started' | 'healthy' | 'completed') | string;
  /**
   * Its absence from the project is fine.
   */
  optional?: boolean | string;
  /**
   * This workload restarts when that one is restarted or replaced.
   */
  restart?: boolean | string;
}
/**
 * Quotas; also given to the engine as hard limits where it can hold them.
 */
export interface Resources {
  /**
   * Cores; fractions are allowed.
   */
  cpu?: number | string;
  /**
   * Memory; a bare number is MiB.
   */
  memory?: number | string;
  /**
   * Disk; a bare number is MiB.
   */
  disk?: number | string;
  /**
   * Threads at most.
   */
  maxThreads?: number | string;
  /**
   * Processes at most.
   */
  maxProcesses?: number | string;
  /**
   * What happens when a quota is exceeded, per resource.
   */
  enforcement?: {
    /**
     * An action, or an action with a grace period.
     */
    cpu?: (('NOTIFY' | 'THROTTLE' | 'SHUTDOWN' | 'KILL') | string) | EnforcementObject;
    /**
     * An action, or an action with a grace period.
     */
    memory?: (('NOTIFY' | 'THROTTLE' | 'SHUTDOWN' | 'KILL') | string) | EnforcementObject;
    /**
     * An action, or an action with a grace period.
     */
    disk?: (('NOTIFY' | 'THROTTLE' | 'SHUTDOWN' | 'KILL') | string) | EnforcementObject;
    /**
     * An action, or an action with a grace period.
     */
    threads?: (('NOTIFY' | 'THROTTLE' | 'SHUTDOWN' | 'KILL') | string) | EnforcementObject;
    /**
     * Consecutive samples over quota before it acts, for all resources that say nothing else.
     */
    gracePeriod?: number | string;
  };
}
export interface EnforcementObject {
  /**
   * NOTIFY warns, THROTTLE slows down, SHUTDOWN stops, KILL ends at once.
   */
  action: ('NOTIFY' | 'THROTTLE' | 'SHUTDOWN' | 'KILL') | string;
  /**
   * Consecutive samples over quota before it acts.
   */
  gracePeriod?: number | string;
}
/**
 * How to tell that it works.
 */
export interface HealthCheck {
  /**
   * false switches it off.
   */
  enabled?: boolean | string;
  /**
   * `process`: the engine says that it runs; `log`: a line of its output matches `pattern`. Default: http where there is a url, exec where there is a command, log where there is a pattern, tcp where there is a port, else process.
   */
  type?: ('http' | 'tcp' | 'exec' | 'process' | 'log' | 'engine') | string;
  /**
   * For http.
   */
  url?: string;
  /**
   * For tcp, and for http without url.
   */
  port?: number | string;
  /**
   * The host of `port`; default 127.0.0.1 or the workload's address.
   */
  host?: string;
  /**
   * For http without url.
   */
  path?: string;
  /**
   * For exec: healthy when it exits 0.
   */
  command?: (string | number | boolean)[] | string;
  /**
   * For log: a regular expression.
   */
  pattern?: string;
  /**
   * For http: the status codes that count as healthy; default 200 to 399.
   */
  expectedStatus?: number | number[];
  /**
   * Between probes.
   */
  interval?: number | string;
  /**
   * What one probe may take.
   */
  timeout?: number | string;
  /**
   * Failed probes in a row, after startPeriod, before it counts as unhealthy.
   */
  retries?: number | string;
  /**
   * From the start: failures do not count.
   */
  startPeriod?: number | string;
}
/**
 * What happens when it ends by itself.
 */
export interface Restart {
  /**
   * `no` (default of jobs), `on-failure`, `always`.
   */
  policy?: ('no' | 'on-failure' | 'always') | string;
  /**
   * Restarts in a row before it is given up; 0 is no limit.
   */
  maxAttempts?: number | string;
  /**
   * Before the first restart; doubles each time, with jitter.
   */
  delay?: number | string;
  /**
   * The longest delay.
   */
  maxDelay?: number | string;
  /**
   * After running this long the attempts count from 0 again.
   */
  resetAfter?: number | string;
}
/**
 * How it is stopped.
 */
export interface Stop {
  /**
   * The first signal; a container has that of its image where none is given.
   */
  signal?: string;
  /**
   * Between the signal and the kill.
   */
  gracePeriod?: number | string;
}
/**
 * The platform-java dialect: flat keys. Other keys reach a Java app as system properties and every other kind as environment.
 */
export interface FlatProperties {
  /**
   * The same as `native.command` of the native dialect: a text.
   */
  'native.executable'?: string | number | boolean;
  /**
   * The same as `native.command` of the native dialect: a text.
   */
  'native.command'?: string | number | boolean;
  /**
   * The same as `native.args` of the native dialect: a command line with its quotes closed, or a list.
   */
  'native.args'?: string | number | boolean | unknown[];
  /**
   * The same as `native.workdir` of the native dialect: a text.
   */
  'native.workdir'?: string | number | boolean;
  /**
   * The same as `native.user` of the native dialect: a text.
   */
  'native.user'?: string | number | boolean;
  /**
   * The same as `native.group` of the native dialect: a text.
   */
  'native.group'?: string | number | boolean;
  /**
   * The same as `native.type` of the native dialect: a text.
   */
  'native.type'?: string | number | boolean;
  /**
   * The same as `native.env` of the native dialect: one NAME=VALUE a line.
   */
  'native.env'?: string | {};
  /**
   * The same as `native.ports` of the native dialect: numbers parted by commas.
   */
  'native.ports'?: string | number | boolean | unknown[];
  /**
   * The same as `native.umask` of the native dialect: a text.
   */
  'native.umask'?: string | number | boolean;
  /**
   * The same as `native.successExitCodes` of the native dialect: numbers parted by commas.
   */
  'native.successExitCodes'?: string | number | boolean | unknown[];
  /**
   * The same as `native.stopCommand` of the native dialect: a command line with its quotes closed, or a list.
   */
  'native.stopCommand'?: string | number | boolean | unknown[];
  /**
   * The same as `native.nativeImage` of the native dialect: true or false.
   */
  'native.nativeImage'?: string | number | boolean;
  /**
   * The same as `native.logs.maxSize` of the native dialect: a text.
   */
  'native.logs.maxSize'?: string | number | boolean;
  /**
   * The same as `native.logs.maxFiles` of the native dialect: a number.
   */
  'native.logs.maxFiles'?: string | number | boolean;
  /**
   * The same as `container.image` of the native dialect: a text.
   */
  'container.image'?: string | number | boolean;
  /**
   * The same as `container.runtime` of the native dialect: a text.
   */
  'container.runtime'?: string | number | boolean;
  /**
   * The same as `container.pull` of the native dialect: a text.
   */
  'container.pull'?: string | number | boolean;
  /**
   * The same as `container.type` of the native dialect: a text.
   */
  'container.type'?: string | number | boolean;
  /**
   * The same as `container.command` of the native dialect: a command line with its quotes closed, or a list.
   */
  'container.command'?: string | number | boolean | unknown[];
  /**
   * The same as `container.args` of the native dialect: a command line with its quotes closed, or a list.
   */
  'container.args'?: string | number | boolean | unknown[];
  /**
   * The same as `container.entrypoint` of the native dialect: a command line with its quotes closed, or a list.
   */
  'container.entrypoint'?: string | number | boolean | unknown[];
  /**
   * The same as `container.workdir` of the native dialect: a text.
   */
  'container.workdir'?: string | number | boolean;
  /**
   * The same as `container.user` of the native dialect: a text.
   */
  'container.user'?: string | number | boolean;
  /**
   * The same as `container.env` of the native dialect: one NAME=VALUE a line.
   */
  'container.env'?: string | {};
  /**
   * The same as `container.envFile` of the native dialect: a list parted by commas.
   */
  'container.envFile'?: string | number | boolean | unknown[];
  /**
   * The same as `container.ports` of the native dialect: a list parted by commas.
   */
  'container.ports'?: string | number | boolean | unknown[];
  /**
   * The same as `container.volumes` of the native dialect: a list parted by commas.
   */
  'container.volumes'?: string | number | boolean | unknown[];
  /**
   * The same as `container.networkMode` of the native dialect: a text.
   */
  'container.network'?: string | number | boolean;
  /**
   * The same as `container.networks` of the native dialect: a list parted by commas.
   */
  'container.networks'?: string | number | boolean | unknown[];
  /**
   * The same as `container.hostname` of the native dialect: a text.
   */
  'container.hostname'?: string | number | boolean;
  /**
   * The same as `container.dns` of the native dialect: a list parted by commas.
   */
  'container.dns'?: string | number | boolean | unknown[];
  /**
   * The same as `container.extraHosts` of the native dialect: a list parted by commas.
   */
  'container.extraHosts'?: string | number | boolean | unknown[];
  /**
   * The same as `container.init` of the native dialect: true or false.
   */
  'container.init'?: string | number | boolean;
  /**
   * The same as `container.privileged` of the native dialect: true or false.
   */
  'container.privileged'?: string | number | boolean;
  /**
   * The same as `container.tty` of the native dialect: true or false.
   */
  'container.tty'?: string | number | boolean;
  /**
   * The same as `container.labels` of the native dialect: one NAME=VALUE a line.
   */
  'container.labels'?: string | {};
  /**
   * The same as `container.sysctls` of the native dialect: one NAME=VALUE a line.
   */
  'container.sysctls'?: string | {};
  /**
   * The same as `container.shmSize` of the native dialect: a text.
   */
  'container.shmSize'?: string | number | boolean;
  /**
   * The same as `container.memorySwap` of the native dialect: a text.
   */
  'container.memorySwap'?: string | number | boolean;
  /**
   * The same as `container.cpuset` of the native dialect: a text.
   */
  'container.cpuset'?: string | number | boolean;
  /**
   * The same as `container.devices` of the native dialect: a list parted by commas.
   */
  'container.devices'?: string | number | boolean | unknown[];
  /**
   * The same as `container.gpus` of the native dialect: a text.
   */
  'container.gpus'?: string | number | boolean;
  /**
   * The same as `resources.cpu` of the native dialect: a number.
   */
  'container.cpu'?: string | number | boolean;
  /**
   * The same as `resources.memory` of the native dialect: a text.
   */
  'container.memory'?: string | number | boolean;
  /**
   * The same as `restart.policy` of the native dialect: a text.
   */
  'container.restart'?: string | number | boolean;
  /**
   * The same as `container.logging.driver` of the native dialect: a text.
   */
  'container.logging.driver'?: string | number | boolean;
  /**
   * The same as `container.logging.maxSize` of the native dialect: a text.
   */
  'container.logging.maxSize'?: string | number | boolean;
  /**
   * The same as `container.logging.maxFiles` of the native dialect: a number.
   */
  'container.logging.maxFiles'?: string | number | boolean;
  /**
   * The same as `vm.runtime` of the native dialect: a text.
   */
  'vm.runtime'?: string | number | boolean;
  /**
   * The same as `vm.uri` of the native dialect: a text.
   */
  'vm.uri'?: string | number | boolean;
  /**
   * The same as `vm.host` of the native dialect: a text.
   */
  'vm.host'?: string | number | boolean;
  /**
   * The same as `vm.vcpu` of the native dialect: a number.
   */
  'vm.vcpu'?: string | number | boolean;
  /**
   * The same as `vm.maxVcpu` of the native dialect: a number.
   */
  'vm.maxVcpu'?: string | number | boolean;
  /**
   * The same as `vm.memory` of the native dialect: a text.
   */
  'vm.memory'?: string | number | boolean;
  /**
   * The same as `vm.maxMemory` of the native dialect: a text.
   */
  'vm.maxMemory'?: string | number | boolean;
  /**
   * The same as `vm.cpuModel` of the native dialect: a text.
   */
  'vm.cpuModel'?: string | number | boolean;
  /**
   * The same as `vm.arch` of the native dialect: a text.
   */
  'vm.arch'?: string | number | boolean;
  /**
   * The same as `vm.machine` of the native dialect: a text.
   */
  'vm.machine'?: string | number | boolean;
  /**
   * The same as `vm.firmware` of the native dialect: a text.
   */
  'vm.firmware'?: string | number | boolean;
  /**
   * The same as `vm.os` of the native dialect: a text.
   */
  'vm.os'?: string | number | boolean;
  /**
   * The same as `vm.disk.path` of the native dialect: a text.
   */
  'vm.disk'?: string | number | boolean;
  /**
   * The same as `vm.disk.format` of the native dialect: a text.
   */
  'vm.disk.format'?: string | number | boolean;
  /**
   * The same as `vm.disk.size` of the native dialect: a text.
   */
  'vm.disk.size'?: string | number | boolean;
  /**
   * The same as `vm.disk.baseImage` of the native dialect: a text.
   */
  'vm.disk.baseImage'?: string | number | boolean;
  /**
   * The same as `vm.disk.bus` of the native dialect: a text.
   */
  'vm.disk.bus'?: string | number | boolean;
  /**
   * The same as `vm.disk.cache` of the native dialect: a text.
   */
  'vm.disk.cache'?: string | number | boolean;
  /**
   * The same as `vm.disk.pool` of the native dialect: a text.
   */
  'vm.disk.pool'?: string | number | boolean;
  /**
   * The same as `vm.disk.volume` of the native dialect: a text.
   */
  'vm.disk.volume'?: string | number | boolean;
  /**
   * The same as `vm.disk.readOnly` of the native dialect: true or false.
   */
  'vm.disk.readOnly'?: string | number | boolean;
  /**
   * The same as `vm.disk.encryption.passphrase` of the native dialect: a text.
   */
  'vm.disk.encryption.passphrase'?: string | number | boolean;
  /**
   * The same as `vm.disks` of the native dialect: a list parted by commas.
   */
  'vm.disks'?: string | number | boolean | unknown[];
  /**
   * The same as `vm.cdrom` of the native dialect: a text.
   */
  'vm.cdrom'?: string | number | boolean;
  /**
   * The same as `vm.kernel` of the native dialect: a text.
   */
  'vm.kernel'?: string | number | boolean;
  /**
   * The same as `vm.initrd` of the native dialect: a text.
   */
  'vm.initrd'?: string | number | boolean;
  /**
   * The same as `vm.cmdline` of the native dialect: a text.
   */
  'vm.cmdline'?: string | number | boolean;
  /**
   * The same as `vm.network.mode` of the native dialect: a text.
   */
  'vm.network'?: string | number | boolean;
  /**
   * The same as `vm.network.mode` of the native dialect: a text.
   */
  'vm.network.mode'?: string | number | boolean;
  /**
   * The same as `vm.network.bridge` of the native dialect: a text.
   */
  'vm.network.bridge'?: string | number | boolean;
  /**
   * The same as `vm.network.name` of the native dialect: a text.
   */
  'vm.network.name'?: string | number | boolean;
  /**
   * The same as `vm.network.model` of the native dialect: a text.
   */
  'vm.network.model'?: string | number | boolean;
  /**
   * The same as `vm.network.mac` of the native dialect: a text.
   */
  'vm.network.mac'?: string | number | boolean;
  /**
   * The same as `vm.network.address` of the native dialect: a text.
   */
  'vm.network.address'?: string | number | boolean;
  /**
   * The same as `vm.network.inboundKbps` of the native dialect: a number.
   */
  'vm.network.inboundKbps'?: string | number | boolean;
  /**
   * The same as `vm.network.outboundKbps` of the native dialect: a number.
   */
  'vm.network.outboundKbps'?: string | number | boolean;
  /**
   * The same as `vm.networks` of the native dialect: a list parted by commas.
   */
  'vm.networks'?: string | number | boolean | unknown[];
  /**
   * The same as `vm.network.bridge` of the native dialect: a text.
   */
  'vm.bridge'?: string | number | boolean;
  /**
   * The same as `vm.network.mac` of the native dialect: a text.
   */
  'vm.mac'?: string | number | boolean;
  /**
   * The same as `vm.ports` of the native dialect: a list parted by commas.
   */
  'vm.ports'?: string | number | boolean | unknown[];
  /**
   * The same as `vm.cloudInit.userData` of the native dialect: a text.
   */
  'vm.cloudInit.userData'?: string | number | boolean;
  /**
   * The same as `vm.cloudInit.userDataFile` of the native dialect: a text.
   */
  'vm.cloudInit.userDataFile'?: string | number | boolean;
  /**
   * The same as `vm.cloudInit.networkConfig` of the native dialect: a text.
   */
  'vm.cloudInit.networkConfig'?: string | number | boolean;
  /**
   * The same as `vm.cloudInit.metaData` of the native dialect: a text.
   */
  'vm.cloudInit.metaData'?: string | number | boolean;
  /**
   * The same as `vm.cloudInit.hostname` of the native dialect: a text.
   */
  'vm.cloudInit.hostname'?: string | number | boolean;
  /**
   * The same as `vm.cloudInit.sshKeys` of the native dialect: a list parted by commas.
   */
  'vm.cloudInit.sshKeys'?: string | number | boolean | unknown[];
  /**
   * The same as `vm.graphics.type` of the native dialect: a text.
   */
  'vm.graphics'?: string | number | boolean;
  /**
   * The same as `vm.graphics.type` of the native dialect: a text.
   */
  'vm.graphics.type'?: string | number | boolean;
  /**
   * The same as `vm.graphics.port` of the native dialect: a number.
   */
  'vm.graphics.port'?: string | number | boolean;
  /**
   * The same as `vm.graphics.listen` of the native dialect: a text.
   */
  'vm.graphics.listen'?: string | number | boolean;
  /**
   * The same as `vm.graphics.password` of the native dialect: a text.
   */
  'vm.graphics.password'?: string | number | boolean;
  /**
   * The same as `vm.graphics.port` of the native dialect: a number.
   */
  'vm.vnc.port'?: string | number | boolean;
  /**
   * The same as `vm.graphics.listen` of the native dialect: a text.
   */
  'vm.vnc.listen'?: string | number | boolean;
  /**
   * The same as `vm.graphics.password` of the native dialect: a text.
   */
  'vm.vnc.password'?: string | number | boolean;
  /**
   * The same as `vm.serial` of the native dialect: true or false.
   */
  'vm.serial'?: string | number | boolean;
  /**
   * The same as `vm.guestAgent` of the native dialect: true or false.
   */
  'vm.guestAgent'?: string | number | boolean;
  /**
   * The same as `vm.firewall` of the native dialect: a list parted by commas.
   */
  'vm.firewall'?: string | number | boolean | unknown[];
  /**
   * The same as `security.seLabel` of the native dialect: a text.
   */
  'vm.seLabel'?: string | number | boolean;
  /**
   * The same as `vm.gpu` of the native dialect: a list parted by commas.
   */
  'vm.gpu'?: string | number | boolean | unknown[];
  /**
   * The same as `vm.autostart` of the native dialect: true or false.
   */
  'vm.autostart'?: string | number | boolean;
  /**
   * The same as `vm.boot` of the native dialect: a list parted by commas.
   */
  'vm.boot'?: string | number | boolean | unknown[];
  /**
   * The same as `vm.runStrategy` of the native dialect: a text.
   */
  'vm.runStrategy'?: string | number | boolean;
  /**
   * The same as `java.mainClass` of the native dialect: a text.
   */
  'java.mainClass'?: string | number | boolean;
  /**
   * The same as `java.jar` of the native dialect: a text.
   */
  'java.jar'?: string | number | boolean;
  /**
   * The same as `java.classpath` of the native dialect: a list parted by commas.
   */
  'java.classpath'?: string | number | boolean | unknown[];
  /**
   * The same as `java.args` of the native dialect: a command line with its quotes closed, or a list.
   */
  'java.args'?: string | number | boolean | unknown[];
  /**
   * The same as `java.jvm` of the native dialect: a text.
   */
  'java.jvm'?: string | number | boolean;
  /**
   * The same as `java.home` of the native dialect: a text.
   */
  'java.home'?: string | number | boolean;
  /**
   * The same as `java.version` of the native dialect: a text.
   */
  'java.version'?: string | number | boolean;
  /**
   * The same as `java.jvmArgs` of the native dialect: a command line with its quotes closed, or a list.
   */
  'java.jvmArgs'?: string | number | boolean | unknown[];
  /**
   * The same as `java.heap` of the native dialect: a text.
   */
  'java.heap'?: string | number | boolean;
  /**
   * The same as `java.type` of the native dialect: a text.
   */
  'java.type'?: string | number | boolean;
  /**
   * The same as `java.reloadable` of the native dialect: true or false.
   */
  'java.reloadable'?: string | number | boolean;
  /**
   * The same as `java.daemon` of the native dialect: true or false.
   */
  'java.daemon'?: string | number | boolean;
  /**
   * The same as `java.enableMessaging` of the native dialect: true or false.
   */
  'java.enableMessaging'?: string | number | boolean;
  /**
   * The same as `security.untrusted` of the native dialect: true or false.
   */
  'java.untrusted'?: string | number | boolean;
  /**
   * The same as `java.threadPool.corePoolSize` of the native dialect: a number.
   */
  'java.threadPool.corePoolSize'?: string | number | boolean;
  /**
   * The same as `java.threadPool.maxPoolSize` of the native dialect: a number.
   */
  'java.threadPool.maxPoolSize'?: string | number | boolean;
  /**
   * The same as `java.threadPool.queueCapacity` of the native dialect: a number.
   */
  'java.threadPool.queueCapacity'?: string | number | boolean;
  /**
   * The same as `java.threadPool.keepAlive` of the native dialect: a text.
   */
  'java.threadPool.keepAlive'?: string | number | boolean;
  /**
   * The same as `java.ports` of the native dialect: numbers parted by commas.
   */
  'java.ports'?: string | number | boolean | unknown[];
  /**
   * One entry of a map.
   *
   * This interface was referenced by `FlatProperties`'s JSON-Schema definition
   * via the `patternProperty` "^(native\.env\.|native\.rlimits\.|container\.env\.|container\.labels\.|container\.sysctls\.|container\.ulimits\.)".
   *
   * A system property of the JDK.
   *
   * This interface was referenced by `FlatProperties`'s JSON-Schema definition
   * via the `patternProperty` "^java\.[^.]+\..+".
   *
   * A system property of a Java app, or environment.
   *
   * This interface was referenced by `FlatProperties`'s JSON-Schema definition
   * via the `patternProperty` "^(?!(vm|container|native|java)\.)".
   */
  [k: string]: string | number | boolean | unknown[] | {} | undefined;
}
export interface Volume {
  /**
   * Needed for persistent and ephemeral.
   */
  name?: string;
  /**
   * Where the workload sees it.
   */
  path: string;
  /**
   * `persistent` survives destroy unless --destroy-volumes, `ephemeral` goes with destroy, `bind` is a host folder, `tmpfs` is memory.
   */
  type?: ('persistent' | 'ephemeral' | 'bind' | 'tmpfs') | string;
  /**
   * For bind: the host folder.
   */
  source?: string;
  /**
   * It may not write there.
   */
  readOnly?: boolean | string;
  /**
   * At most; a bare number is MiB.
   */
  size?: number | string;
}
/**
 * What the process may do.
 */
export interface Security {
  /**
   * Text; a number or true/false is read as its text.
   */
  user?: string | number | boolean;
  /**
   * Text; a number or true/false is read as its text.
   */
  group?: string | number | boolean;
  /**
   * It can gain no privileges by setuid programs.
   */
  noNewPrivileges?: boolean | string;
  /**
   * The only capabilities that it keeps; an empty list drops all.
   */
  capabilities?: string[];
  /**
   * The file system is read-only, `writablePaths` aside.
   */
  readOnlyRoot?: boolean | string;
  /**
   * With readOnlyRoot: paths that it may write to.
   */
  writablePaths?: string[];
  /**
   * It sees only a loopback of its own.
   */
  privateNetwork?: boolean | string;
  /**
   * It has a /tmp of its own.
   */
  privateTmp?: boolean | string;
}
/**
 * What the container may do.
 */
export interface Security1 {
  /**
   * Drops all capabilities, read-only root, no new privileges, non-root.
   */
  hardened?: boolean | string;
  /**
   * A seccomp profile file, or unconfined.
   */
  seccomp?: string;
  /**
   * Capabilities to add.
   */
  capAdd?: string[];
  /**
   * Capabilities to drop; ALL for all.
   */
  capDrop?: string[];
  /**
   * It can gain no privileges by setuid programs.
   */
  noNewPrivileges?: boolean | string;
  /**
   * Its root file system is read-only.
   */
  readOnlyRoot?: boolean | string;
  /**
   * The user namespace mode, such as host, auto, keep-id.
   */
  userNamespace?: string;
  /**
   * An AppArmor profile.
   */
  apparmor?: string;
  /**
   * An SELinux label.
   */
  selinux?: string;
  /**
   * Text; a number or true/false is read as its text.
   */
  user?: string | number | boolean;
}
/**
 * What the machine is held by.
 */
export interface Security2 {
  /**
   * An SELinux label.
   */
  seLabel?: string;
  /**
   * Confined by AppArmor.
   */
  apparmor?: boolean | string;
}
/**
 * What the application may do.
 */
export interface Security3 {
  /**
   * It may use deep reflection.
   */
  allowReflection?: boolean | string;
  /**
   * It may open sockets.
   */
  allowNetworking?: boolean | string;
  /**
   * It may use files.
   */
  allowFileSystem?: boolean | string;
  /**
   * Files that it may use, such as `read /etc/app/-`.
   */
  filePermissions?:
    | string[]
    | {
        [k: string]: string;
      };
  /**
   * Sockets that it may use, such as `connect db:5432`.
   */
  socketPermissions?:
    | string[]
    | {
        [k: string]: string;
      };
  /**
   * Nobody trusts its code: it never runs in a shared JVM.
   */
  untrusted?: boolean | string;
  /**
   * Text; a number or true/false is read as its text.
   */
  user?: string | number | boolean;
  /**
   * Text; a number or true/false is read as its text.
   */
  group?: string | number | boolean;
  /**
   * For a JVM of its own.
   */
  noNewPrivileges?: boolean | string;
  /**
   * For a JVM of its own: the only capabilities that it keeps.
   */
  capabilities?: string[];
  /**
   * For a JVM of its own.
   */
  readOnlyRoot?: boolean | string;
  /**
   * For a JVM of its own.
   */
  writablePaths?: string[];
  /**
   * For a JVM of its own.
   */
  privateNetwork?: boolean | string;
  /**
   * For a JVM of its own.
   */
  privateTmp?: boolean | string;
}
/**
 * Rules for changing it.
 */
export interface Lifecycle {
  /**
   * A plan that destroys it is refused.
   */
  preventDestroy?: boolean | string;
  /**
   * A replacement is made before the old one goes.
   */
  createBeforeDestroy?: boolean | string;
  ignoreChanges?: Pointers;
  replaceOn?: Pointers1;
  /**
   * A change that fails goes back to the last good one.
   */
  rollback?: boolean | string;
}
/**
 * Sampling of what it uses.
 */
export interface Monitoring {
  /**
   * false switches it off.
   */
  enabled?: boolean | string;
  /**
   * Between samples.
   */
  interval?: number | string;
}
/**
 * A native process.
 */
export interface Native {
  /**
   * An absolute path, a path relative to the project, or a name looked up in PATH.
   */
  command: string;
  /**
   * Arguments. No shell reads them.
   */
  args?: (string | number | boolean)[] | string;
  /**
   * Working directory; relative to the project.
   */
  workdir?: string;
  /**
   * Environment; the same as `env` beside it.
   */
  env?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * Text; a number or true/false is read as its text.
   */
  user?: string | number | boolean;
  /**
   * Text; a number or true/false is read as its text.
   */
  group?: string | number | boolean;
  /**
   * `job` runs once to its end and is then done; `service` goes on running.
   */
  type?: ('service' | 'job') | string;
  /**
   * It is a GraalVM native image.
   */
  nativeImage?: boolean | string;
  /**
   * Exit codes that count as success.
   */
  successExitCodes?: number[];
  /**
   * Run instead of sending the stop signal.
   */
  stopCommand?: (string | number | boolean)[] | string;
  /**
   * File mode creation mask.
   */
  umask?: string | number;
  /**
   * Limits of setrlimit; -1 is unlimited.
   */
  rlimits?: {
    /**
     * Open files.
     */
    nofile?: number | 'unlimited' | string;
    /**
     * Processes of the user.
     */
    nproc?: number | 'unlimited' | string;
    /**
     * Bytes of a core file.
     */
    core?: number | 'unlimited' | string;
    /**
     * Bytes of a file.
     */
    fsize?: number | 'unlimited' | string;
    /**
     * Bytes of address space.
     */
    as?: number | 'unlimited' | string;
    /**
     * Bytes of stack.
     */
    stack?: number | 'unlimited' | string;
    /**
     * Seconds of cpu time.
     */
    cpu?: number | 'unlimited' | string;
    /**
     * Bytes of locked memory.
     */
    memlock?: number | 'unlimited' | string;
  };
  /**
   * Rotation of its output.
   */
  logs?: {
    /**
     * Size at which the file is rotated; a bare number is MiB.
     */
    maxSize?: number | string;
    /**
     * Rotated files kept beside the live one.
     */
    maxFiles?: number | string;
  };
  /**
   * Ports that it listens on, told for references and clash checks.
   *
   * Items: A port.
   */
  ports?: (number | string)[];
}
/**
 * Something that pj does not run but that others depend on.
 */
export interface External {
  /**
   * A host name or address.
   */
  address: string;
  /**
   * Ports by name, or a list.
   */
  ports?:
    | {
        /**
         * A port.
         */
        [k: string]: number | string;
      }
    | (number | string)[];
}
/**
 * A network that containers share. One that is only named in a container's `networks` is made too, with the engine's defaults.
 */
export interface Network {
  /**
   * The engine's own name. Default: `<project>_<applicationId>`; for an external one the applicationId.
   */
  name?: string;
  /**
   * Default: that of the containers that use it, else the first that answers.
   */
  runtime?: ('docker' | 'podman' | 'lxc') | string;
  /**
   * It is there already: pj neither makes nor removes it.
   */
  external?: boolean | string;
  /**
   * The engine's driver.
   */
  driver?: string;
  /**
   * Nothing goes out of it.
   */
  internal?: boolean | string;
  /**
   * It has IPv6, too.
   */
  ipv6?: boolean | string;
  /**
   * Default: one that the engine finds free.
   */
  subnet?: string;
  /**
   * Address of the host in it.
   */
  gateway?: string;
  /**
   * Addresses that the engine may give by itself; the rest of the subnet is for fixed ones.
   */
  ipRange?: string;
  /**
   * The driver's own options.
   */
  options?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * Labels.
   */
  labels?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
}
/**
 * Storage that containers share and that outlives them. One that is only named in a container's `volumes` is made too, with the engine's defaults.
 */
export interface StoredVolume {
  /**
   * The engine's own name. Default: `<project>_<applicationId>`; for an external one the applicationId.
   */
  name?: string;
  /**
   * Default: that of the containers that use it, else the first that answers.
   */
  runtime?: ('docker' | 'podman' | 'lxc') | string;
  /**
   * It is there already: pj neither makes nor removes it.
   */
  external?: boolean | string;
  /**
   * persistent survives destroy unless --destroy-volumes; ephemeral goes with destroy.
   */
  type?: ('persistent' | 'ephemeral') | string;
  /**
   * The engine's driver.
   */
  driver?: string;
  /**
   * The driver's own options.
   */
  options?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * Labels.
   */
  labels?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * What it may hold, where the driver can limit it; a bare number is MiB.
   */
  size?: number | string;
}
/**
 * A container.
 */
export interface Container {
  /**
   * The image, with a tag or a digest.
   */
  image: string;
  /**
   * Default: the first that answers.
   */
  runtime?: ('docker' | 'podman' | 'lxc') | string;
  /**
   * When the image is pulled.
   */
  pull?: ('missing' | 'always' | 'never') | string;
  /**
   * A job runs once to its end; a service should go on running.
   */
  type?: ('service' | 'job') | string;
  /**
   * Login of a private registry.
   */
  registry?: {
    /**
     * Default: the image's registry.
     */
    server?: string;
    /**
     * The user.
     */
    username: string;
    /**
     * Use a secret: ${secret.NAME}.
     */
    password: string;
  };
  /**
   * Instead of the image's command.
   */
  command?: (string | number | boolean)[] | string;
  /**
   * Added to the command.
   */
  args?: (string | number | boolean)[] | string;
  /**
   * Instead of the image's entry point.
   */
  entrypoint?: (string | number | boolean)[] | string;
  /**
   * Working directory in the container.
   */
  workdir?: string;
  /**
   * Text; a number or true/false is read as its text.
   */
  user?: string | number | boolean;
  /**
   * Environment; the same as `env` beside it.
   */
  env?:
    | (
        | {
            /**
             * Text; a number or true/false is read as its text.
             */
            [k: string]: string | number | boolean;
          }
        | string
      )
    | string[];
  /**
   * Files of NAME=VALUE lines, relative to the project.
   */
  envFile?: string | string[];
  /**
   * Published ports: `[ip:]host:container[/tcp|udp]`, ranges allowed.
   *
   * Items: A published port.
   */
  ports?: (number | string | PortObject)[];
  /**
   * Volumes: `source:path[:ro]`, or as the common `volumes`.
   */
  volumes?: (string | Volume)[];
  /**
   * The engine's own modes.
   */
  networkMode?: ('bridge' | 'host' | 'none') | string;
  /**
   * User-defined networks.
   */
  networks?: (string | NetworkObject)[];
  /**
   * Its host name.
   */
  hostname?: string;
  /**
   * Name servers.
   */
  dns?: string[];
  /**
   * Names and addresses for /etc/hosts.
   */
  extraHosts?:
    | string[]
    | {
        [k: string]: string;
      };
  /**
   * An init process reaps its children.
   */
  init?: boolean | string;
  /**
   * Nearly all rights of the host.
   */
  privileged?: boolean | string;
  /**
   * Gives it a terminal.
   */
  tty?: boolean | string;
  /**
   * Names and texts.
   */
  labels?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * Limits: a number, or {soft, hard}.
   */
  ulimits?: {
    [k: string]: number | string | UlimitObject;
  };
  /**
   * Names and texts.
   */
  sysctls?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * Size of /dev/shm; a bare number is MiB.
   */
  shmSize?: number | string;
  /**
   * Swap beside the memory; a bare number is MiB.
   */
  memorySwap?: number | string;
  /**
   * Memory it is promised; a bare number is MiB.
   */
  memoryReservation?: number | string;
  /**
   * Cpus it may use.
   */
  cpuset?: string;
  /**
   * Block io.
   */
  blkio?: {
    /**
     * Relative weight.
     */
    weight?: number;
    readBps?: DeviceRates;
    writeBps?: DeviceRates1;
    readIops?: DeviceRates2;
    writeIops?: DeviceRates3;
  };
  /**
   * Devices: `host[:container[:rwm]]`.
   */
  devices?: string[];
  /**
   * GPUs.
   */
  gpus?: 'all' | number | string[] | string;
  /**
   * Where its output goes.
   */
  logging?: {
    /**
     * The engine's logging driver.
     */
    driver?: string;
    /**
     * Size at which a file is rotated; a bare number is MiB.
     */
    maxSize?: number | string;
    /**
     * Files at most.
     */
    maxFiles?: number | string;
    /**
     * Names and texts.
     */
    options?:
      | {
          /**
           * Text; a number or true/false is read as its text.
           */
          [k: string]: string | number | boolean;
        }
      | string;
  };
}
export interface PortObject {
  /**
   * A port.
   */
  container: number | string;
  /**
   * A port.
   */
  host?: number | string;
  /**
   * Address on the host; default all.
   */
  hostIp?: string;
  /**
   * The protocol.
   */
  protocol?: 'tcp' | 'udp' | 'sctp';
}
export interface NetworkObject {
  /**
   * The network.
   */
  name: string;
  /**
   * Names it answers to there.
   */
  aliases?: string[];
  /**
   * Its fixed IPv4 address there.
   */
  address?: string;
  /**
   * Its fixed IPv6 address there.
   */
  address6?: string;
  /**
   * A MAC address.
   */
  mac?: string;
}
export interface UlimitObject {
  /**
   * What holds at first.
   */
  soft: number;
  /**
   * What it may be raised to.
   */
  hard: number;
}
/**
 * By device: bytes read a second.
 */
export interface DeviceRates {
  [k: string]: number;
}
/**
 * By device: bytes written a second.
 */
export interface DeviceRates1 {
  [k: string]: number;
}
/**
 * By device: reads a second.
 */
export interface DeviceRates2 {
  [k: string]: number;
}
/**
 * By device: writes a second.
 */
export interface DeviceRates3 {
  [k: string]: number;
}
/**
 * A virtual machine.
 */
export interface VirtualMachine {
  /**
   * Default: libvirt when its socket answers.
   */
  runtime?: ('libvirt' | 'qemu') | string;
  /**
   * libvirt's connection.
   */
  uri?: string;
  /**
   * The host to run on, as a libvirt uri; changing it migrates.
   */
  host?: string;
  /**
   * Virtual cpus.
   */
  vcpu?: number | string;
  /**
   * Virtual cpus that can be plugged in while it runs.
   */
  maxVcpu?: number | string;
  /**
   * Memory; a bare number is MiB. Default resources.memory.
   */
  memory?: number | string;
  /**
   * Memory that it can grow to while it runs.
   */
  maxMemory?: number | string;
  /**
   * host-passthrough, host-model or a model's name.
   */
  cpuModel?: string;
  /**
   * Guest architecture.
   */
  arch?: string;
  /**
   * Machine type.
   */
  machine?: string;
  /**
   * What boots it.
   */
  firmware?: ('bios' | 'uefi') | string;
  /**
   * The guest's operating system, for people and tuning.
   */
  os?: string;
  /**
   * Disks, the boot disk first.
   */
  disks?: (string | Disk)[];
  /**
   * The boot disk, where there is one only.
   */
  disk?: string | Disk;
  /**
   * An ISO image.
   */
  cdrom?: string;
  /**
   * Boots this kernel directly.
   */
  kernel?: string;
  /**
   * With kernel.
   */
  initrd?: string;
  /**
   * With kernel.
   */
  cmdline?: string;
  /**
   * Network cards.
   */
  networks?: (('bridge' | 'nat' | 'none') | string | Network1)[];
  /**
   * The network card, where there is one only.
   */
  network?: ('bridge' | 'nat' | 'none') | string | Network1;
  /**
   * Ports of the host that are forwarded to it (nat).
   *
   * Items: A published port.
   */
  ports?: (number | string | PortObject)[];
  /**
   * First-boot configuration.
   */
  cloudInit?: {
    /**
     * The user-data text.
     */
    userData?: string;
    /**
     * A file with it, relative to the project.
     */
    userDataFile?: string;
    /**
     * The network-config text.
     */
    networkConfig?: string;
    /**
     * The meta-data text.
     */
    metaData?: string;
    /**
     * The guest's name.
     */
    hostname?: string;
    /**
     * Public keys.
     */
    sshKeys?: string[];
  };
  /**
   * A screen.
   */
  graphics?: {
    /**
     * The protocol.
     */
    type?: 'vnc' | 'spice' | 'none';
    /**
     * A port.
     */
    port?: number | string;
    /**
     * The address that it listens on.
     */
    listen?: string;
    /**
     * Use a secret: ${secret.NAME}.
     */
    password?: string;
  };
  /**
   * A serial console, logged.
   */
  serial?: boolean | string;
  /**
   * A channel for qemu-guest-agent.
   */
  guestAgent?: boolean | string;
  /**
   * Rules, the first that matches decides.
   */
  firewall?: FirewallRule[];
  /**
   * PCI addresses that are passed through.
   */
  gpu?: string | string[];
  /**
   * Starts with the host.
   */
  autostart?: boolean | string;
  /**
   * Boot order.
   */
  boot?: ('disk' | 'cdrom' | 'network')[];
  /**
   * What happens when the guest shuts itself down.
   */
  runStrategy?: ('always' | 'rerun-on-failure' | 'manual' | 'halted' | 'once') | string;
}
export interface Disk {
  /**
   * The image file, relative to the project.
   */
  path?: string;
  /**
   * A libvirt storage pool, with volume.
   */
  pool?: string;
  /**
   * A volume of the pool.
   */
  volume?: string;
  /**
   * The image's format.
   */
  format?: ('qcow2' | 'raw') | string;
  /**
   * Its size when pj makes it; a bare number is MiB.
   */
  size?: number | string;
  /**
   * A backing file.
   */
  baseImage?: string;
  /**
   * How the guest sees it.
   */
  bus?: 'virtio' | 'scsi' | 'sata' | 'ide';
  /**
   * Host caching.
   */
  cache?: 'none' | 'writeback' | 'writethrough' | 'unsafe' | 'directsync';
  /**
   * The guest may not write.
   */
  readOnly?: boolean | string;
  /**
   * LUKS.
   */
  encryption?: {
    /**
     * Use a secret: ${secret.NAME}.
     */
    passphrase: string;
  };
}
export interface Network1 {
  /**
   * How it reaches the network.
   */
  mode?: ('bridge' | 'nat' | 'none') | string;
  /**
   * The host's bridge, for bridge.
   */
  bridge?: string;
  /**
   * A libvirt network, for nat.
   */
  name?: string;
  /**
   * The card's model.
   */
  model?: string;
  /**
   * A MAC address.
   */
  mac?: string;
  /**
   * A fixed address.
   */
  address?: string;
  /**
   * Ports of the host that are forwarded to it.
   *
   * Items: A published port.
   */
  ports?: (number | string | PortObject)[];
  /**
   * Limit of what it receives.
   */
  inboundKbps?: number | string;
  /**
   * Limit of what it sends.
   */
  outboundKbps?: number | string;
}
export interface FirewallRule {
  /**
   * What happens to it.
   */
  action: 'accept' | 'drop' | 'reject';
  /**
   * Seen from the guest.
   */
  direction?: 'in' | 'out' | 'inout';
  /**
   * The protocol.
   */
  protocol?: 'tcp' | 'udp' | 'icmp' | 'all';
  /**
   * A port.
   */
  port?: number | string;
  /**
   * An address or network.
   */
  source?: string;
}
/**
 * A Java application, in a shared JVM or in one of its own.
 */
export interface Java {
  /**
   * The class with the main method.
   */
  mainClass?: string;
  /**
   * An executable jar: its manifest names the main class, and more of the class path.
   */
  jar?: string;
  /**
   * Jars and folders, as paths relative to the project or file: URLs; `DIR/*` is every jar in it. One text is parted at colons.
   */
  classpath?: string[] | string;
  /**
   * Arguments of the main method.
   */
  args?: (string | number | boolean)[] | string;
  /**
   * Names and texts.
   */
  env?:
    | {
        /**
         * Text; a number or true/false is read as its text.
         */
        [k: string]: string | number | boolean;
      }
    | string;
  /**
   * `shared`: the host JVM called default; `own`: a JVM of its own; another name: the host JVM of that name.
   */
  jvm?: string;
  /**
   * The JDK or JRE to use; default JAVA_HOME, then PATH.
   */
  home?: string;
  /**
   * The major version that it needs.
   */
  version?: number | string;
  /**
   * Flags of the JVM; for a JVM of its own.
   */
  jvmArgs?: (string | number | boolean)[] | string;
  /**
   * Largest heap, for a JVM of its own; default from resources.memory with headroom.
   */
  heap?: number | string;
  /**
   * A changed classpath is swapped without a stop.
   */
  reloadable?: boolean | string;
  /**
   * `job` runs main once to its end and is then done; `service` goes on running.
   */
  type?: ('service' | 'job') | string;
  /**
   * It goes on running after main returns.
   */
  daemon?: boolean | string;
  /**
   * It may use the message bus.
   */
  enableMessaging?: boolean | string;
  threadPool?: ThreadPool;
  /**
   * Ports that it listens on, told for references and clash checks.
   *
   * Items: A port.
   */
  ports?: (number | string)[];
}
/**
 * Its own bounded thread pool.
 */
export interface ThreadPool {
  /**
   * Threads that are kept.
   */
  corePoolSize?: number | string;
  /**
   * Threads at most.
   */
  maxPoolSize?: number | string;
  /**
   * Tasks that may wait.
   */
  queueCapacity?: number | string;
  /**
   * How long a spare thread is kept.
   */
  keepAlive?: number | string;
}
/**
 * A host JVM that applications share (`java.jvm: NAME`). One that is only named is made too, called `jvm.NAME`, with the defaults; `java.jvm: shared` names the one called default.
 */
export interface Jvm {
  /**
   * Largest heap of all its applications together; default from resources.memory with headroom, else the JVM's own.
   */
  heap?: number | string;
  /**
   * Flags of the JVM.
   */
  args?: (string | number | boolean)[] | string;
  /**
   * The JDK or JRE to use; default JAVA_HOME, then PATH.
   */
  home?: string;
  /**
   * The major version that it needs; 17 is the least.
   */
  version?: number | string;
  /**
   * Libraries that all its applications see, after their own.
   */
  classpath?: string[] | string;
}
/**
 * Its own bounded thread pool.
 */
export interface ThreadPool1 {
  /**
   * Threads that are kept.
   */
  corePoolSize?: number | string;
  /**
   * Threads at most.
   */
  maxPoolSize?: number | string;
  /**
   * Tasks that may wait.
   */
  queueCapacity?: number | string;
  /**
   * How long a spare thread is kept.
   */
  keepAlive?: number | string;
}

export type TelemetryHeader = string | Secret;
export type DriftNotify = {
  /**
   * Gets a POST with the report as JSON.
   */
  webhook?: string;
  secret?: Secret1;
  /**
   * A program and its arguments; the report comes as JSON on its standard input. No shell reads it.
   *
   * @minItems 1
   */
  command?: [string, ...string[]];
  /**
   * A line of JSON is appended; relative to the project.
   */
  file?: string;
} & DriftNotify1;
export type DriftNotify1 =
  | {
      /**
       * Where to post.
       */
      webhook: {
        [k: string]: unknown;
      };
    }
  | {
      /**
       * What to run.
       */
      command: {
        [k: string]: unknown;
      };
    }
  | {
      /**
       * What to append to.
       */
      file: {
        [k: string]: unknown;
      };
    };

/**
 * The project file, pj.yaml.
 */
export interface ProjectFile {
  /**
   * The project's name; default the directory's.
   */
  name?: string;
  /**
   * What it is for.
   */
  description?: string;
  /**
   * Globs of files and folders that are not read, relative to the project.
   */
  exclude?: string[];
  /**
   * What can be set from outside, by name.
   */
  variables?: {
    [k: string]: VariableDeclaration;
  };
  /**
   * Where sensitive values come from, by name. The values themselves are in no file of pj's.
   */
  secrets?: {
    [k: string]: Secret;
  };
  /**
   * Renames without a replacement.
   */
  moved?: Move[];
  /**
   * Ids that are dropped from the state and left running.
   *
   * Items: An id.
   */
  forget?: string[];
  /**
   * Steps at once.
   */
  parallelism?: number;
  agent?: Agent;
}
export interface VariableDeclaration {
  /**
   * Default: the type of the default, else string.
   */
  type?: 'string' | 'number' | 'boolean' | 'list' | 'map' | 'any';
  /**
   * Its value where nothing sets it; without one it must be set.
   */
  default?: {
    [k: string]: unknown;
  };
  /**
   * Its value is never shown or stored.
   */
  sensitive?: boolean;
  /**
   * What it is for.
   */
  description?: string;
}
/**
 * One source: an environment variable, a file, or a command's output.
 */
export interface Secret {
  /**
   * An environment variable of pj.
   */
  env?: string;
  /**
   * A file, relative to the project; one trailing newline is dropped.
   */
  file?: string;
  /**
   * A program and its arguments; its output is the value, one trailing newline dropped. No shell reads it.
   *
   * @minItems 1
   */
  command?: [string, ...string[]];
}
export interface Move {
  /**
   * The id it had.
   */
  from: string;
  /**
   * The id it has now.
   */
  to: string;
}
/**
 * What the agent does beside watching workloads. It holds from the next apply, or `pj agent start`.
 */
export interface Agent {
  /**
   * How often it looks at what workloads use.
   */
  sampling?: {
    /**
     * Default 1 s.
     */
    interval?: number | string;
  };
  /**
   * Serves metrics for Prometheus on `/metrics`. Without it no port is opened.
   */
  metrics?: {
    /**
     * The address to listen on.
     */
    host?: string;
    /**
     * 0 takes any free one, which `pj agent status` tells.
     */
    port: number;
  };
  /**
   * Sends metrics, traces and logs to an OpenTelemetry collector (OTLP/HTTP). The variables OTEL_* hold over it.
   */
  telemetry?: {
    /**
     * Base URL: `/v1/traces`, `/v1/metrics` and `/v1/logs` are added.
     */
    endpoint?: string;
    /**
     * How it is encoded.
     */
    protocol?: 'http/protobuf' | 'http/json';
    /**
     * Sent with every request to `endpoint`. A value that is secret is given by its source; a plain one is copied to .pj/agent/config.json, so that names of headers that bear keys (`authorization`, `cookie`, `…key`, `…token`, `…secret`, `…password`, `…auth`) take a source only. OTEL_EXPORTER_OTLP_HEADERS holds over it.
     */
    headers?: {
      [k: string]: TelemetryHeader;
    };
    /**
     * Sends logs: what workloads write, as it is (pj cannot know what in it is secret), and pj's events. `false`: never what workloads write. Without it logs go only where OTEL_LOGS_EXPORTER=otlp or OTEL_EXPORTER_OTLP_LOGS_ENDPOINT asks for them.
     */
    logs?: boolean;
  };
  /**
   * Looks for drift, tells of it, and heals it.
   */
  drift?: {
    /**
     * Between two looks, at least 1 s. Default 5 min.
     */
    interval?: number | string;
    /**
     * Who is told when drift is found, changes or goes.
     */
    notify?: DriftNotify[];
    /**
     * `safe`: only what needs no replace and loses no data. Healing brings back what was applied last, never what only the descriptors say.
     */
    heal?: 'never' | 'safe' | 'always';
  };
}
/**
 * One source: an environment variable, a file, or a command's output.
 */
export interface Secret1 {
  /**
   * An environment variable of pj.
   */
  env?: string;
  /**
   * A file, relative to the project; one trailing newline is dropped.
   */
  file?: string;
  /**
   * A program and its arguments; its output is the value, one trailing newline dropped. No shell reads it.
   *
   * @minItems 1
   */
  command?: [string, ...string[]];
}
