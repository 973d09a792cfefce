import type { Json } from '../model/json.ts';
import { shellWords } from './shell-words.ts';

/** Reads a flat key's value, nearly always a string, into what the typed block holds; undefined when it can't be that. */
export type FlatReader = (value: Json) => Json | undefined;

export interface FlatKey {
  /** Where it goes in the native dialect. */
  path: readonly (string | number)[];
  read: FlatReader;
  /** What is expected, for the error. */
  expects: string;
}

const hasTemplate = (value: Json): boolean => typeof value === 'string' && value.includes('${');

const text: FlatReader = (value) => (typeof value === 'object' ? undefined : value);
const number: FlatReader = (value) => {
  if (typeof value === 'number' || hasTemplate(value)) return value;
  return typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
};
const flag: FlatReader = (value) => {
  if (typeof value === 'boolean' || hasTemplate(value)) return value;
  if (typeof value !== 'string') return undefined;
  return /^\s*true\s*$/i.test(value) ? true : /^\s*false\s*$/i.test(value) ? false : undefined;
};
const words: FlatReader = (value) => {
  if (Array.isArray(value)) return value;
  if (value === null || typeof value === 'object') return undefined;
  return shellWords(String(value));
};
/** Commas or lines part the entries; those within `${…}` do not. */
const list: FlatReader = (value) => {
  if (Array.isArray(value)) return value;
  if (value === null || typeof value === 'object') return undefined;
  return (String(value).match(/(?:\$\{[^}]*\}|[^,\n])+/g) ?? [])
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
};
const numbers: FlatReader = (value) => {
  const entries = typeof value === 'number' ? [value] : list(value);
  if (!Array.isArray(entries)) return undefined;
  const read = entries.map((entry) => number(entry));
  return read.some((entry) => entry === undefined) ? undefined : (read as Json);
};
/** One NAME=VALUE a line; blank lines and lines with # are left out. */
const lines: FlatReader = (value) => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  if (typeof value !== 'string') return undefined;
  const map: Record<string, Json> = {};
  for (const line of value.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    if (equals <= 0) return undefined;
    map[line.slice(0, equals).trim()] = line.slice(equals + 1);
  }
  return map;
};

const EXPECTS = new Map<FlatReader, string>([
  [text, 'a text'],
  [number, 'a number'],
  [flag, 'true or false'],
  [words, 'a command line with its quotes closed, or a list'],
  [list, 'a list parted by commas'],
  [numbers, 'numbers parted by commas'],
  [lines, 'one NAME=VALUE a line'],
]);

function keys(
  block: string,
  table: Record<string, FlatReader | [FlatReader, ...(string | number)[]]>,
): [string, FlatKey][] {
  return Object.entries(table).map(([name, entry]) => {
    const [read, ...path] = Array.isArray(entry) ? entry : ([entry, block, ...name.split('.')] as const);
    return [`${block}.${name}`, { path, read, expects: EXPECTS.get(read) ?? 'a text' }];
  });
}

/** Every key of the platform-java dialect that stands under `properties`. */
export const FLAT_KEYS: ReadonlyMap<string, FlatKey> = new Map([
  ...keys('native', {
    executable: [text, 'native', 'command'],
    command: text,
    args: words,
    workdir: text,
    user: text,
    group: text,
    type: text,
    env: [lines, 'native', 'env'],
    ports: numbers,
    umask: text,
    successExitCodes: numbers,
    stopCommand: words,
    nativeImage: flag,
    'logs.maxSize': text,
    'logs.maxFiles': number,
  }),
  ...keys('container', {
    image: text,
    runtime: text,
    pull: text,
    type: text,
    command: words,
    args: words,
    entrypoint: words,
    workdir: text,
    user: text,
    env: [lines, 'container', 'env'],
    envFile: list,
    ports: list,
    volumes: list,
    network: [text, 'container', 'networkMode'],
    networks: list,
    hostname: text,
    dns: list,
    extraHosts: list,
    init: flag,
    privileged: flag,
    tty: flag,
    labels: lines,
    sysctls: lines,
    shmSize: text,
    memorySwap: text,
    cpuset: text,
    devices: list,
    gpus: text,
    cpu: [number, 'resources', 'cpu'],
    memory: [text, 'resources', 'memory'],
    restart: [text, 'restart', 'policy'],
    'logging.driver': text,
    'logging.maxSize': text,
    'logging.maxFiles': number,
  }),
  ...keys('vm', {
    runtime: text,
    uri: text,
    host: text,
    vcpu: number,
    maxVcpu: number,
    memory: text,
    maxMemory: text,
    cpuModel: text,
    arch: text,
    machine: text,
    firmware: text,
    os: text,
    disk: [text, 'vm', 'disk', 'path'],
    'disk.format': text,
    'disk.size': text,
    'disk.baseImage': text,
    'disk.bus': text,
    'disk.cache': text,
    'disk.pool': text,
    'disk.volume': text,
    'disk.readOnly': flag,
    'disk.encryption.passphrase': text,
    disks: list,
    cdrom: text,
    kernel: text,
    initrd: text,
    cmdline: text,
    network: [text, 'vm', 'network', 'mode'],
    'network.mode': text,
    'network.bridge': text,
    'network.name': text,
    'network.model': text,
    'network.mac': text,
    'network.address': text,
    'network.inboundKbps': number,
    'network.outboundKbps': number,
    networks: list,
    bridge: [text, 'vm', 'network', 'bridge'],
    mac: [text, 'vm', 'network', 'mac'],
    ports: list,
    'cloudInit.userData': text,
    'cloudInit.userDataFile': text,
    'cloudInit.networkConfig': text,
    'cloudInit.metaData': text,
    'cloudInit.hostname': text,
    'cloudInit.sshKeys': list,
    graphics: [text, 'vm', 'graphics', 'type'],
    'graphics.type': text,
    'graphics.port': number,
    'graphics.listen': text,
    'graphics.password': text,
    'vnc.port': [number, 'vm', 'graphics', 'port'],
    'vnc.listen': [text, 'vm', 'graphics', 'listen'],
    'vnc.password': [text, 'vm', 'graphics', 'password'],
    serial: flag,
    guestAgent: flag,
    firewall: list,
    seLabel: [text, 'security', 'seLabel'],
    gpu: list,
    autostart: flag,
    boot: list,
    runStrategy: text,
  }),
  ...keys('java', {
    mainClass: text,
    jar: text,
    classpath: list,
    args: words,
    jvm: text,
    home: text,
    version: text,
    jvmArgs: words,
    heap: text,
    type: text,
    reloadable: flag,
    daemon: flag,
    enableMessaging: flag,
    untrusted: [flag, 'security', 'untrusted'],
    'threadPool.corePoolSize': number,
    'threadPool.maxPoolSize': number,
    'threadPool.queueCapacity': number,
    'threadPool.keepAlive': text,
    ports: numbers,
  }),
]);

/** Prefixes whose every key below is one entry of a map: `native.env.HOME`. */
export const FLAT_MAPS: readonly (readonly [prefix: string, path: readonly string[], read: FlatReader])[] = [
  ['native.env.', ['native', 'env'], text],
  ['native.rlimits.', ['native', 'rlimits'], number],
  ['container.env.', ['container', 'env'], text],
  ['container.labels.', ['container', 'labels'], text],
  ['container.sysctls.', ['container', 'sysctls'], text],
  ['container.ulimits.', ['container', 'ulimits'], number],
];

/** Keys of the platform-java dialect that stand at the top of a descriptor, and where they go. */
export const TOP_KEYS: Readonly<Record<string, readonly string[]>> = {
  nativeImage: ['native', 'nativeImage'],
  mainClass: ['java', 'mainClass'],
  classpath: ['java', 'classpath'],
  classpathEntries: ['java', 'classpath'],
  enableMessaging: ['java', 'enableMessaging'],
  threadPool: ['java', 'threadPool'],
  threadPoolConfig: ['java', 'threadPool'],
};
