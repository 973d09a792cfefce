import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from '../../src/os/identity.ts';
import { signalOne } from '../../src/os/process.ts';
import { answers } from './answer.ts';
import { runTool } from './guest/run-tool.ts';

/** A Docker of a test's own, which it may kill, restart and fill: in a network namespace of its own, so that its bridges meet nobody else's. */
export class OwnDocker {
  readonly dir: string;
  readonly socket: string;
  private readonly namespace = `pjd-${randomBytes(3).toString('hex')}`;
  private daemon: ProcessIdentity | undefined;
  private mounted = false;

  private constructor() {
    // Sockets need short paths, and an overlay cannot lie on another one: not below a test's scratch directory.
    this.dir = mkdtempSync('/var/tmp/pjd-');
    this.socket = join(this.dir, 'docker.sock');
  }

  /** Brings one up. `sizeMiB`: its data is on a file system of that size. */
  static async start({ sizeMiB }: { sizeMiB?: number } = {}): Promise<OwnDocker> {
    const own = new OwnDocker();
    try {
      mkdirSync(own.data);
      if (sizeMiB !== undefined) {
        await own.run('mount', '-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'pj-test', own.data);
        own.mounted = true;
      }
      await own.run('ip', 'netns', 'add', own.namespace);
      await own.run('nsenter', `--net=/run/netns/${own.namespace}`, 'ip', 'link', 'set', 'lo', 'up');
      await own.up();
      return own;
    } catch (thrown) {
      await own.remove();
      throw thrown;
    }
  }

  /** Where its images, containers and volumes are. */
  get data(): string {
    return join(this.dir, 'data');
  }

  /** Starts its daemon, after `kill` too. */
  async up(): Promise<void> {
    for (const file of [join(this.dir, 'pid'), join(this.dir, 'exec/containerd/containerd.pid')]) {
      if (existsSync(file) && identify(Number(readFileSync(file, 'utf8'))) === undefined) rmSync(file);
    }
    const log = openSync(join(this.dir, 'log'), 'a');
    const child: ChildProcess = spawn(
      'nsenter',
      [
        `--net=/run/netns/${this.namespace}`,
        ...['dockerd', '--data-root', this.data, '--exec-root', join(this.dir, 'exec')],
        ...['--pidfile', join(this.dir, 'pid'), '--host', `unix://${this.socket}`],
        ...['--log-level', 'warn', '--shutdown-timeout', '2'],
      ],
      { cwd: '/', detached: true, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    child.unref();
    this.daemon = identify(child.pid ?? 0);
    for (const deadline = Date.now() + 30_000; !(await answers({ socket: this.socket }, '/_ping')); await sleep(50)) {
      const ended = this.daemon === undefined || !isAlive(this.daemon);
      if (ended || Date.now() > deadline) throw new Error(`dockerd does not answer:\n${this.lastLines()}`);
    }
  }

  /** Kills the daemon; what it runs runs on until it is up again. */
  async kill(): Promise<void> {
    if (this.daemon !== undefined) signalOne(this.daemon, 'SIGKILL');
    while (this.daemon !== undefined && isAlive(this.daemon)) await sleep(20);
  }

  /** Copies an image from another Docker. */
  load(image: string, from: string): Promise<void> {
    return new Promise((resolve, reject) => {
      request({ socketPath: from, path: `/images/${image}/get` }, (saved) => {
        const loading = request(
          {
            socketPath: this.socket,
            path: '/images/load',
            method: 'POST',
            headers: { 'content-type': 'application/x-tar' },
          },
          (answer) => {
            answer.resume();
            answer.on('end', () =>
              answer.statusCode === 200 ? resolve() : reject(new Error(`/images/load: ${answer.statusCode}`)),
            );
          },
        );
        loading.on('error', reject);
        saved.pipe(loading);
      })
        .on('error', reject)
        .end();
    });
  }

  /** Ends all of it and leaves nothing. Never throws: it is for the end of tests, failed ones too. */
  async remove(): Promise<void> {
    if (this.daemon !== undefined && isAlive(this.daemon)) {
      signalOne(this.daemon, 'SIGTERM');
      for (const deadline = Date.now() + 30_000; isAlive(this.daemon) && Date.now() < deadline; ) await sleep(50);
      if (isAlive(this.daemon)) signalOne(this.daemon, 'SIGKILL');
    }
    const pidFile = join(this.dir, 'exec/containerd/containerd.pid');
    const containerd = existsSync(pidFile) ? identify(Number(readFileSync(pidFile, 'utf8'))) : undefined;
    if (containerd !== undefined) signalOne(containerd, 'SIGKILL');
    await this.run('ip', 'netns', 'delete', this.namespace).catch(() => undefined);
    // Containers that were killed with their daemon leave mounts.
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.startsWith(`${this.dir}/`))
      .reverse();
    for (const path of mounts) await this.run('umount', '-l', path).catch(() => undefined);
    if (this.mounted) this.mounted = false;
    rmSync(this.dir, { recursive: true, force: true });
  }

  private run(file: string, ...args: string[]): Promise<string> {
    return runTool(file, args, '/', 20_000);
  }

  private lastLines(): string {
    return readFileSync(join(this.dir, 'log'), 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  }
}
