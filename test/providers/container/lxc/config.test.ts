import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/model/spec.ts';
import { detectCgroups } from '../../../../src/os/cgroup.ts';
import { configOf } from '../../../../src/providers/container/lxc/container/config.ts';
import {
  configText,
  fstabPath,
  lastOf,
  parseConfig,
} from '../../../../src/providers/container/lxc/container/config-text.ts';
import { makeMountPoints } from '../../../../src/providers/container/lxc/container/mount-points.ts';
import {
  argvOf,
  envLines,
  inherited,
  programProblem,
} from '../../../../src/providers/container/lxc/container/program.ts';
import { complaint, type Lxc } from '../../../../src/providers/container/lxc/engine.ts';
import { claimAddress, macOf, releaseAddress } from '../../../../src/providers/container/lxc/network/addresses.ts';
import { finishedName, placeAt, unfinishedOf } from '../../../../src/providers/container/lxc/place.ts';

let dir: string | undefined;
afterEach(() => {
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  dir = undefined;
});
const scratch = (): string => {
  dir = mkdtempSync(join(tmpdir(), 'pj-lxc-'));
  return dir;
};

const lxc = (version: 'v1' | 'v2'): Lxc => ({
  label: 'LXC 5.0.2',
  place: placeAt('/srv/lxc'),
  host: { ...detectCgroups(), version },
  tool: () => Promise.reject(new Error('nothing is run')),
});
const configFor = (spec: Spec, version: 'v1' | 'v2' = 'v1') =>
  configOf({ lxc: lxc(version), name: 'shop-web', id: 'web', spec, dir: '/project', nets: [], base: [], rootfs: '/' });
const container = { image: 'root.tar', command: ['serve'] };

describe('the configuration of a container', () => {
  it('says where its root is, and has no value of the environment and no command in it', () => {
    const lines = configFor({ container, env: { TOKEN: 'hunter2' } });
    expect(lastOf(lines, 'lxc.rootfs.path')).toBe('dir:/srv/lxc/shop-web/rootfs');
    expect(lastOf(lines, 'lxc.uts.name')).toBe('shop-web');
    expect(configText(lines)).not.toMatch(/hunter2|serve/);
  });

  it('holds limits as the kernel of that version takes them', () => {
    const spec: Spec = { container, resources: { cpu: 0.5, memory: 1 << 27, maxProcesses: 9 } };
    const [one, two] = [configFor(spec), configFor(spec, 'v2')];
    expect(lastOf(one, 'lxc.cgroup.cpu.cfs_quota_us')).toBe('50000');
    expect(lastOf(one, 'lxc.cgroup.memory.limit_in_bytes')).toBe('134217728');
    expect(lastOf(two, 'lxc.cgroup2.cpu.max')).toBe('50000 100000');
    expect(lastOf(two, 'lxc.cgroup2.memory.max')).toBe('134217728');
    expect(lastOf(two, 'lxc.cgroup2.pids.max')).toBe('9');
    expect(two.filter(([key]) => /^lxc\.cgroup\.(cpu|memory|pids)/.test(key))).toEqual([]);
  });

  it('drops and keeps capabilities', () => {
    const keeps = (security: Spec['security']) =>
      lastOf(configFor({ container, ...(security === undefined ? {} : { security }) }), 'lxc.cap.keep');
    expect(keeps(undefined)).toContain('net_bind_service');
    expect(keeps({ capDrop: ['ALL'] })).toBe('none');
    expect(keeps({ capDrop: ['ALL'], capAdd: ['CAP_NET_ADMIN'] })).toBe('net_admin');
    expect(keeps({ hardened: true, capAdd: ['KILL'] })).toBe('kill');
    expect(keeps({ capDrop: ['KILL'] })).not.toMatch(/\bkill\b/);
  });

  it('mounts with everything that fstab needs', () => {
    const volumes = [
      { path: '/a b', type: 'bind' as const, source: 'x y', readOnly: true },
      { path: '/data', type: 'persistent' as const, name: 'shop_data' },
    ];
    const mounts = configFor({ container, volumes })
      .filter(([key]) => key === 'lxc.mount.entry')
      .map(([, value]) => value);
    expect(mounts).toContain('/project/x\\040y a\\040b none bind,ro,create=dir 0 0');
    expect(mounts).toContain('/srv/pj-volumes/shop_data/data data none bind,rw,create=dir 0 0');
    expect(fstabPath('/a\tb')).toBe('/a\\011b');
  });

  it('is read back, and lets nobody put in a line of his own', () => {
    expect(parseConfig('# lxc.a = 1\n lxc.b.c=  "x y" \nnonsense\nlxc.b.c = z\n')).toEqual([
      ['lxc.b.c', 'x y'],
      ['lxc.b.c', 'z'],
    ]);
    expect(() => configText([['lxc.init.cwd', '/x\nlxc.hook.pre-start = /bin/evil']])).toThrow(RangeError);
  });
});

describe('the program of a container', () => {
  it('is what the spec says, with its environment apart from what a line can hold', () => {
    const spec: Spec = {
      container: { ...container, entrypoint: ['sh'], args: ['-x'] },
      env: { A: 'b c', B: 'b\nc', C: 'd ' },
    };
    expect(argvOf(spec)).toEqual(['sh', 'serve', '-x']);
    const lines = envLines(spec).map(([, value]) => value);
    expect(lines).toContain('A=b c');
    expect(lines).toContain('B');
    expect(inherited(spec)).toEqual({ B: 'b\nc', C: 'd ' });
  });

  it('has to be in the image', () => {
    const root = scratch();
    mkdirSync(join(root, 'bin'));
    symlinkSync('/bin/busybox', join(root, 'bin/serve'));
    expect(programProblem({ container }, root)).toBeUndefined();
    expect(programProblem({ container: { ...container, command: ['/bin/none'] } }, root)).toBe(
      'there is no /bin/none in its image',
    );
    expect(programProblem({ container: { image: 'x' } }, root)).toContain('no /sbin/init');
    const volumes = [{ path: '/opt', type: 'tmpfs' as const }];
    expect(programProblem({ container: { ...container, command: ['/opt/x'] }, volumes }, root)).toBeUndefined();
  });
});

describe('files around it', () => {
  it('makes mount points, but none behind a link of the image', () => {
    const root = scratch();
    const outside = join(root, 'outside');
    const rootfs = join(root, 'rootfs');
    mkdirSync(outside);
    mkdirSync(rootfs);
    symlinkSync(outside, join(rootfs, 'link'));
    const entry = (target: string, create: string) =>
      ['lxc.mount.entry', `/x ${target} none bind,create=${create} 0 0`] as const;
    makeMountPoints(rootfs, [
      entry('a/b', 'dir'),
      entry('etc/hosts', 'file'),
      entry('link/c', 'dir'),
      entry('../d', 'dir'),
      entry('dev/shm', 'dir'),
    ]);
    expect(existsSync(join(rootfs, 'a/b'))).toBe(true);
    expect(existsSync(join(rootfs, 'etc/hosts'))).toBe(true);
    for (const path of [join(outside, 'c'), join(root, 'd'), join(rootfs, 'dev')]) expect(existsSync(path)).toBe(false);
  });

  it('gives an address to one container only, and takes it back from one that is gone', () => {
    const root = scratch();
    const place = placeAt(join(root, 'containers'));
    const net = { network: 'back', bridge: 'pj-1', subnet: '10.9.8.0/29', gateway: '10.9.8.1' };
    const of = (name: string) => ({ name, id: name, engine: 'LXC' });
    const claim = (name: string, wanted?: string): string => {
      mkdirSync(join(place.containers, name), { recursive: true });
      return claimAddress(place, net, of(name), wanted);
    };
    const given = ['a', 'b', 'c', 'd'].map((name) => claim(name));
    expect(new Set(given).size).toBe(4);
    expect(given).not.toContain('10.9.8.1/29');
    expect(claim('a')).toBe(given[0]);
    const [second = ''] = (given[1] ?? '').split('/');
    expect(() => claim('e', second)).toThrow(`b has the address ${second}`);
    rmSync(join(place.containers, 'b'), { recursive: true });
    expect(claim('e', second)).toBe(given[1]);
    expect(() => claim('h', '10.9.9.2')).toThrow('10.9.9.2 is none of back (10.9.8.0/29)');
    expect(() => claim('h', '10.9.8.1')).toThrow('this host itself has the address 10.9.8.1');
    claim('f');
    expect(() => claim('g')).toThrow('has no free address left');
    releaseAddress(place, 'back', given[0] ?? '', 'a');
    expect(claim('g')).toBe(given[0]);
    expect(macOf('back', 'a')).toMatch(/^00:16:3e(:[0-9a-f]{2}){3}$/);
  });

  it('tells the unfinished from the finished', () => {
    expect(finishedName('.pj-web')).toBe('web');
    expect(finishedName('web')).toBeUndefined();
    expect(unfinishedOf('/x', 'web')).toBe('/x/.pj-web');
  });

  it('says what LXC complains of without where in its source', () => {
    const text =
      'lxc-start: x1: ../src/lxc/start.c: start: 2197 No such file or directory - Failed to exec "/bin/nosuch"\n';
    expect(complaint(text)).toBe('No such file or directory - Failed to exec "/bin/nosuch"');
    expect(complaint('')).toBe('it gave no reason');
  });
});
