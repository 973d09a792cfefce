import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectCgroups, openCgroup } from '../../../src/os/cgroup.ts';
import { result, until } from '../test-cgroups.ts';
import type { Check } from './check.ts';
import { TOP, withGround } from './in-group.ts';

/** The ordinary user in the guest. */
const USER = 1000;

/** What an ordinary user tries, each in a process of its own: that of the name on the command line. */
export const asUser: Record<string, () => Promise<void>> = {
  'limits below what was delegated': withGround(async (ground) => {
    const { host } = ground;
    assert.deepEqual(host, {
      version: 'v2',
      writable: true,
      controllers: new Set(['cpu', 'memory', 'pids']),
      unified: `${TOP}/login/service`,
      v1: {},
    });
    const group = ground.group();
    group.create();
    assert.deepEqual(group.setLimits({ cpu: 0.5, memory: 16 << 20, pids: 10 }).held, {
      cpu: 0.5,
      memory: 16 << 20,
      pids: 10,
    });
    const child = ground.launch({
      command: '/bin/dd',
      args: ['if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'],
      cgroupProcs: group.procsFiles(),
    });
    assert.equal((await result(child)).signal, 'SIGKILL');
    assert.equal(group.oomKills(), 1);
    ground.launch({ command: '/bin/sleep', args: ['300'], cgroupProcs: group.procsFiles() });
    await until('the process in its group', () => group.pids().length === 1);
    group.kill();
    assert.equal(await group.waitEmpty(5_000), true);
  }),

  'tracking only, below a group that holds processes': withGround(async (ground) => {
    const { host } = ground;
    assert.equal(host.writable, true);
    assert.equal(host.unified, `${TOP}/login/service`);
    assert.deepEqual([...host.controllers], []);
    assert.match(host.reason ?? '', /holds processes of its own/);
    const group = ground.group();
    group.create();
    const report = group.setLimits({ memory: 16 << 20 });
    assert.deepEqual(report.held, {});
    assert.match(report.notHeld[0]?.reason ?? '', /holds processes of its own/);
    ground.launch({ command: '/bin/sh', args: ['-c', 'sleep 300 & wait'], cgroupProcs: group.procsFiles() });
    await until('both processes in their group', () => group.pids().length === 2);
    assert.ok(group.usage().memory > 0);
    assert.equal(group.freeze(), undefined);
    await until('the freeze', () => group.frozen());
    group.kill();
    assert.equal(await group.waitEmpty(5_000), true);
  }),

  'some controllers only': withGround(async (ground) => {
    const { host } = ground;
    assert.deepEqual([...host.controllers], ['memory', 'pids']);
    assert.equal(host.reason, `the cpu controller is not delegated to ${TOP}/login/service`);
    const group = ground.group();
    group.create();
    const report = group.setLimits({ cpu: 0.5, memory: 32 << 20, pids: 10 });
    assert.deepEqual(report.held, { memory: 32 << 20, pids: 10 });
    assert.deepEqual(report.notHeld, [{ resource: 'cpu', reason: host.reason }]);
  }),

  'nothing was delegated': () => {
    const host = detectCgroups();
    assert.deepEqual([host.version, host.writable, [...host.controllers]], ['v2', false, []]);
    assert.match(host.reason ?? '', /^not root, and no cgroup below \/sys\/fs\/cgroup is delegated to this user$/);
    const group = openCgroup(host, ['pj', 'a', 'b']);
    assert.throws(() => group.create(), /PJ5060|delegated/);
    assert.deepEqual([group.exists(), group.pids(), group.populated()], [false, [], false]);
    return Promise.resolve();
  },
};

export const delegationChecks: Check[] = [
  {
    name: 'without root, holds limits in what systemd delegates to a user',
    run: () => tryAsUser('limits below what was delegated', '+cpu +memory +pids', 'service/session'),
  },
  {
    name: 'without root, tracks where the delegated group holds processes itself, and says so',
    run: () => tryAsUser('tracking only, below a group that holds processes', '+cpu +memory +pids', 'service'),
  },
  {
    name: 'without root, says which controllers were not delegated',
    run: () => tryAsUser('some controllers only', '+memory +pids', 'service/session'),
  },
  {
    name: 'without root and without delegation, makes nothing and says why',
    run: () => tryAsUser('nothing was delegated', '', ''),
  },
];

/**
 * Runs one of `asUser` as an ordinary user in a group that root delegated as systemd does: the folder and the files that move processes and
 * hand controllers down are the user's, the limits are not. `inside` is where the process lives below `login`.
 */
async function tryAsUser(name: string, controllers: string, inside: string): Promise<void> {
  const login = join(TOP, 'login');
  const folders = [login, join(login, 'service'), join(login, 'service/session')];
  writeFileSync(join(TOP, 'cgroup.subtree_control'), '+cpu +memory +pids');
  try {
    for (const folder of folders) {
      mkdirSync(folder);
      if (folder === login) writeFileSync(join(folder, 'cgroup.subtree_control'), controllers);
      else if (inside !== '') {
        for (const file of ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control']) {
          chownSync(join(folder, file), USER, USER);
        }
      }
    }
    const join0 = 'echo 0 > "$1/cgroup.procs" && exec node /guest/checks.cjs --as-user "$2"';
    const child = spawn('/bin/sh', ['-c', join0, 'sh', join(login, inside), name], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    const { code, signal, stdout, stderr } = await result(child);
    assert.equal(code, 0, `${name}, as a user, ended ${code ?? signal}\n${stdout}${stderr}`);
  } finally {
    for (const folder of folders.reverse()) {
      // A process that has ended is counted for a moment longer.
      await until(`${folder} removed`, () => {
        try {
          rmdirSync(folder);
          return true;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code === 'ENOENT';
        }
      });
    }
  }
}

/** In the process of the user: gives root up, then runs what was asked for. */
export async function runAsUser(name: string): Promise<void> {
  const wanted = asUser[name];
  if (wanted === undefined) throw new Error(`nothing to do by the name ${name}`);
  process.setgroups?.([]);
  process.setgid?.(USER);
  process.setuid?.(USER);
  await wanted();
}
