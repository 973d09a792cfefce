import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../kernel-file.ts';
import { type Handles, KeptFile, readOnce } from './kept-file.ts';
import { hasOwnNetwork, trafficOf, trafficOver } from './network.ts';
import { addNumbers, countLines, firstNumber, keyNumber, nthNumber, sumAfter, word } from './parse.ts';
import { cpuOf, oldestOf, Processes, threadsOf } from './processes.ts';

/** Where the counters of a group of processes are. */
export interface GroupPlaces {
  /** Absolute folders by v1 controller, `unified` for v2. */
  cgroup: Partial<Record<string, string>>;
  /** Its processes may have a network of their own. */
  network?: boolean;
  /** Devices of this host whose other end is the workload. */
  devices?: readonly string[];
}

/** Counters and gauges in base units; absent: not known. */
export interface GroupCounters {
  cpuSeconds?: number;
  throttledSeconds?: number;
  cpuLimit?: number;
  memory?: number;
  workingSet?: number;
  memoryLimit?: number;
  threads?: number;
  processes?: number;
  diskRead?: number;
  diskWritten?: number;
  networkReceived?: number;
  networkSent?: number;
  oomKills?: number;
  startedAt?: string;
}

const USAGE_USEC = word('usage_usec ');
const THROTTLED_USEC = word('throttled_usec ');
const THROTTLED_TIME = word('throttled_time ');
const INACTIVE_FILE = word('inactive_file ');
const TOTAL_INACTIVE_FILE = word('total_inactive_file ');
const OOM_KILL = word('oom_kill ');
const RBYTES = word('rbytes=');
const WBYTES = word('wbytes=');
const READ = word(' Read ');
const WRITE = word(' Write ');

/** No limit reads as the largest page-aligned number, 2^63 - 4096 or so. */
const UNLIMITED = 2 ** 62;
/** Groups within a group that are looked into: an application that makes more of them hides some of its processes. */
const MOST_FOLDERS = 256;

/** Reads one group again and again. Its files are kept open where `handles` has room; `close` lets go of them. */
export class Group {
  /** Its processes as of the last reading. */
  readonly pids = new Set<number>();
  /** Counts up whenever another process is the first of it. */
  changes = 0;
  readonly places: GroupPlaces;
  private readonly handles: Handles;
  private readonly files = new Map<string, KeptFile>();
  private readonly processes: Processes;
  private first: { pid: number; startedAt: string | undefined } | undefined;
  /** One of its processes that is known to be in a network of its own. */
  private inNetwork: number | undefined;

  constructor(places: GroupPlaces, handles: Handles) {
    this.places = places;
    this.handles = handles;
    this.processes = new Processes(handles);
  }

  /** Undefined where nothing of it runs. */
  read(): GroupCounters | undefined {
    const deep = this.readPids();
    if (this.pids.size === 0) {
      this.processes.close();
      this.first = undefined;
      this.inNetwork = undefined;
      return undefined;
    }
    const counters: GroupCounters = { processes: this.pids.size };
    this.readCpu(counters);
    this.readMemory(counters);
    this.readThreads(counters, deep);
    this.readDisk(counters);
    if (counters.memory === undefined || counters.diskRead === undefined) {
      const { memory = counters.memory, ...sums } =
        this.processes.read(this.pids, counters.diskRead === undefined) ?? {};
      const counted = counters.workingSet;
      Object.assign(counters, sums, memory === undefined ? {} : { memory: counters.memory ?? memory });
      if (counted !== undefined) counters.workingSet = counted;
    }
    this.readFirst(counters);
    this.readNetwork(counters);
    return counters;
  }

  close(): void {
    for (const file of this.files.values()) file.close();
    this.files.clear();
    this.processes.close();
  }

  /** Gives the length of what is now in `bytes`; -1 where there is no such file. */
  private file(controller: string, name: string): number {
    const folder = this.places.cgroup[controller];
    if (folder === undefined) return -1;
    const path = join(folder, name);
    let file = this.files.get(path);
    if (file === undefined) {
      file = new KeptFile(path, this.handles);
      this.files.set(path, file);
    }
    return file.read();
  }

  /** As `file`, of its processes. The kernel keeps those of v1 for a second after each reading by the same open file: it would tell the old ones for ever. */
  private procs(tracker: string): number {
    if (tracker === 'unified') return this.file(tracker, 'cgroup.procs');
    const path = join(this.places.cgroup[tracker] ?? '', 'cgroup.procs');
    return this.places.cgroup[tracker] !== undefined && existsSync(path) ? readOnce(path) : -1;
  }

  /** True where groups are within the group. */
  private readPids(): boolean {
    const { cgroup } = this.places;
    this.pids.clear();
    let folder: string | undefined;
    for (const tracker of TRACKERS) {
      const length = this.procs(tracker);
      if (length > 0) addNumbers(length, this.pids);
      // Processes may be in groups within alone.
      if (length > 0 || (length === 0 && hasFolders(cgroup[tracker] ?? ''))) {
        folder = cgroup[tracker];
        break;
      }
    }
    if (folder === undefined || !hasFolders(folder)) return false;
    const left = [folder];
    for (let seen = 0; seen < MOST_FOLDERS && left.length > 0; seen++) {
      const here: string = left.pop() ?? folder;
      if (here !== folder) {
        const told = readOnce(join(here, 'cgroup.procs'));
        if (told > 0) addNumbers(told, this.pids);
      }
      for (const name of subfolders(here)) left.push(join(here, name));
    }
    return true;
  }

  private readCpu(counters: GroupCounters): void {
    let length = this.file('unified', 'cpu.stat');
    if (length > 0) {
      const usec = keyNumber(length, USAGE_USEC);
      if (usec !== undefined) counters.cpuSeconds = usec / 1e6;
      const throttled = keyNumber(length, THROTTLED_USEC);
      if (throttled !== undefined) counters.throttledSeconds = throttled / 1e6;
    }
    if (counters.cpuSeconds === undefined) {
      length = this.file('cpuacct', 'cpuacct.usage');
      const nsec = length > 0 ? firstNumber(length) : undefined;
      if (nsec !== undefined) counters.cpuSeconds = nsec / 1e9;
    }
    counters.cpuSeconds ??= cpuOf(this.pids);
    length = this.file('unified', 'cpu.max');
    if (length > 0) {
      const quota = firstNumber(length);
      if (quota !== undefined) counters.cpuLimit = quota / (nthNumber(length, 1) ?? 100_000);
    }
    length = this.file('cpu', 'cpu.stat');
    if (length <= 0) return;
    const throttled = keyNumber(length, THROTTLED_TIME);
    if (throttled !== undefined) counters.throttledSeconds = throttled / 1e9;
    length = this.file('cpu', 'cpu.cfs_quota_us');
    const quota = length > 0 ? firstNumber(length) : undefined;
    if (quota === undefined || quota <= 0) return;
    length = this.file('cpu', 'cpu.cfs_period_us');
    const period = length > 0 ? firstNumber(length) : undefined;
    if (period) counters.cpuLimit = quota / period;
  }

  private readMemory(counters: GroupCounters): void {
    const v2 = this.readMemoryOf(counters, 'unified', {
      usage: 'memory.current',
      cache: INACTIVE_FILE,
      limit: 'memory.max',
      events: 'memory.events',
    });
    if (v2) return;
    this.readMemoryOf(counters, 'memory', {
      usage: 'memory.usage_in_bytes',
      cache: TOTAL_INACTIVE_FILE,
      limit: 'memory.limit_in_bytes',
      events: 'memory.oom_control',
    });
  }

  private readMemoryOf(
    counters: GroupCounters,
    controller: string,
    names: { usage: string; cache: Buffer; limit: string; events: string },
  ): boolean {
    let length = this.file(controller, names.usage);
    const usage = length > 0 ? firstNumber(length) : undefined;
    if (usage === undefined) return false;
    counters.memory = usage;
    length = this.file(controller, 'memory.stat');
    const cache = length > 0 ? keyNumber(length, names.cache) : undefined;
    counters.workingSet = Math.max(0, usage - (cache ?? 0));
    length = this.file(controller, names.limit);
    const limit = length > 0 ? firstNumber(length) : undefined;
    if (limit !== undefined && limit < UNLIMITED) counters.memoryLimit = limit;
    length = this.file(controller, names.events);
    const kills = length > 0 ? keyNumber(length, OOM_KILL) : undefined;
    if (kills !== undefined) counters.oomKills = kills;
    return true;
  }

  private readThreads(counters: GroupCounters, deep: boolean): void {
    for (const controller of ['pids', 'unified']) {
      const length = this.file(controller, 'pids.current');
      const tasks = length > 0 ? firstNumber(length) : undefined;
      if (tasks !== undefined) {
        counters.threads = tasks;
        return;
      }
    }
    // What has groups of its own within has threads in them.
    const length = deep ? -1 : this.file('unified', 'cgroup.threads');
    const threads = length > 0 ? countLines(length) : threadsOf(this.pids);
    if (threads !== undefined) counters.threads = threads;
  }

  private readDisk(counters: GroupCounters): void {
    let length = this.file('unified', 'io.stat');
    if (length >= 0) {
      counters.diskRead = sumAfter(length, RBYTES) ?? 0;
      counters.diskWritten = sumAfter(length, WBYTES) ?? 0;
      return;
    }
    length = this.file('blkio', 'blkio.throttle.io_service_bytes_recursive');
    if (length < 0) length = this.file('blkio', 'blkio.throttle.io_service_bytes');
    if (length < 0) return;
    counters.diskRead = sumAfter(length, READ) ?? 0;
    counters.diskWritten = sumAfter(length, WRITE) ?? 0;
  }

  private readFirst(counters: GroupCounters): void {
    if (this.first === undefined || !this.pids.has(this.first.pid)) {
      // The lowest number may be that of the youngest: numbers begin anew at their end.
      const oldest = oldestOf(this.pids);
      if (oldest === undefined) return;
      this.first = oldest;
      this.changes += 1;
    }
    if (this.first.startedAt !== undefined) counters.startedAt = this.first.startedAt;
  }

  private readNetwork(counters: GroupCounters): void {
    const { network, devices } = this.places;
    if (network !== true) {
      if (devices !== undefined) Object.assign(counters, trafficOver(devices));
      return;
    }
    if (this.inNetwork !== undefined && this.pids.has(this.inNetwork)) {
      const traffic = trafficOf(this.inNetwork);
      if (traffic !== undefined) {
        Object.assign(counters, traffic);
        return;
      }
    }
    this.inNetwork = undefined;
    let left = MOST_ASKED;
    for (const pid of this.first === undefined ? this.pids : [this.first.pid, ...this.pids]) {
      if (left-- === 0) return;
      const own = hasOwnNetwork(pid);
      // One that just ended tells nothing: another may. A container that is still being made is in the host's for a moment: it is looked at again.
      if (own === undefined) continue;
      const traffic = own ? trafficOf(pid) : undefined;
      if (traffic === undefined) continue;
      this.inNetwork = pid;
      Object.assign(counters, traffic);
      return;
    }
  }
}

/** Processes that are asked in vain for their network, at each reading. */
const MOST_ASKED = 4;

/** Every process of a group is in each of its trees; the first of these that has any tells them. */
const TRACKERS = ['unified', 'pids', 'memory', 'cpuacct', 'cpu', 'freezer'];

/** A folder of cgroups has a link more for every folder in it. */
function hasFolders(folder: string): boolean {
  return (statSync(folder, { throwIfNoEntry: false })?.nlink ?? 0) > 2;
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : []));
  } catch (thrown) {
    if (errno(thrown) === undefined) throw thrown;
    return [];
  }
}
