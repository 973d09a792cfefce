import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { readStat } from '../../src/os/process.ts';
import { buildAgent, eventually, killNow, pidOf } from '../agent/ground.ts';
import { needs } from '../engines/engines.ts';
import { guestSpec, MIB, qemuGround } from '../providers/vm/qemu/ground.ts';
import { freePort } from '../support/pj.ts';
import { conformance } from './suite.ts';

needs('guest')('machines on QEMU alone', ({ guest }) => {
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  beforeAll(async () => {
    agent = await buildAgent();
  });
  afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));

  conformance('vm (qemu)', async (lineage) => {
    const here = qemuGround(agent.entry, lineage);
    const spec: Spec = {
      ...guestSpec(guest, {
        vcpu: 1,
        maxVcpu: 2,
        disks: [{ path: 'disks/data.qcow2', size: MIB }],
        ports: [{ container: 80, hostIp: '127.0.0.1', host: await freePort() }],
      }),
      restart: { policy: 'no' },
      // Nearly no guest has booted when it is stopped.
      stop: { gracePeriod: 0.5 },
    };
    const { vm = {} } = spec;
    const disks = vm.disks ?? [];
    const withDisk = { ...vm, disks: [...disks, { path: 'more.qcow2', size: MIB }] };
    const ports = [{ container: 80, hostIp: '127.0.0.1', host: await freePort() }];
    const live = [
      { path: '/description', spec: { ...spec, description: 'the tiny one' } },
      { path: '/stop/gracePeriod', spec: { ...spec, stop: { gracePeriod: 0.2 } } },
      { path: '/vm/ports', spec: { ...spec, vm: { ...vm, ports } } },
      { path: '/vm/disks/1', spec: { ...spec, vm: withDisk } },
      // The disk stays: a guest that still boots lets go of none.
      { path: '/vm/vcpu', spec: { ...spec, vm: { ...withDisk, vcpu: 2 } } },
    ].map((change) => ({ ...change, updateClass: 'live' as const }));
    const restart = [
      { path: '/vm/maxVcpu', spec: { ...spec, vm: { ...vm, maxVcpu: 3 } } },
      { path: '/vm/cmdline', spec: { ...spec, vm: { ...vm, cmdline: `${guest.commandLine} pj.agent=0` } } },
      { path: '/vm/memory', spec: { ...spec, vm: { ...vm, memory: 160 * MIB } } },
    ].map((change) => ({ ...change, updateClass: 'restart' as const }));
    return {
      provider: () => here.machines(),
      spec,
      another: { ...spec, vm: { ...vm, disks: [{ path: 'disks/other.qcow2', size: MIB }], ports } },
      changes: [...live, ...restart],
      engineId: (attributes) => attributes['pid'],
      async kill(attributes) {
        const pid = pidOf(attributes);
        killNow(pid);
        await eventually('it is dead', () => [undefined, 'Z'].includes(readStat(pid)?.state));
      },
      async breakConnection() {
        const pid = await eventually('an agent', () => here.agentPid());
        killNow(pid);
        await eventually('it is dead', () => here.agentPid() === undefined);
      },
      async leftovers() {
        const pj = join(here.dir, '.pj');
        const below = (dir: string): string[] =>
          existsSync(dir) ? readdirSync(dir, { recursive: true }).map(String) : [];
        const files = below(pj).filter((name) => !/^(logs|vms$|vms\/disks$)/.test(name));
        const own = readdirSync(here.dir).filter((name) => name !== '.pj' && name !== 'disks');
        const run = readdirSync(here.env['XDG_RUNTIME_DIR'] ?? '');
        const marks = here.marked().map(({ marker }) => marker);
        return [...files, ...own, ...below(join(here.dir, 'disks')), ...run, ...here.cgroups(), ...marks];
      },
      clear: () => here.clear(),
    };
  });
});
