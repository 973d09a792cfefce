import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Spec } from '../../src/model/spec.ts';
import type { VmSpec } from '../../src/model/vm-spec.ts';
import { vmProvider } from '../../src/providers/vm/index.ts';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { conformance } from './suite.ts';

needs('libvirt', 'guest')('machines on libvirt', ({ libvirt, guest }) => {
  const virsh = (...args: string[]): Promise<string> =>
    runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });
  conformance(
    'vm (libvirt)',
    async () => {
      // The users of the engines pass through it.
      const dir = mkdtempSync(join(tmpdir(), 'pj-vm-'));
      chmodSync(dir, 0o711);
      const project = `v${randomBytes(4).toString('hex')}`;
      const vm: VmSpec = {
        runtime: 'libvirt',
        uri: libvirt.uri,
        vcpu: 1,
        maxVcpu: 2,
        memory: 128 << 20,
        kernel: guest.kernel,
        initrd: guest.initrd,
        cmdline: guest.commandLine,
        disks: [{ path: 'a.qcow2', size: 16 << 20 }],
        networks: [{ name: libvirt.network }],
      };
      const more = [...(vm.disks ?? []), { path: 'b.qcow2', size: 16 << 20 }];
      // What is not up yet hears no power button.
      const spec: Spec = { vm, stop: { gracePeriod: 0 }, resources: { cpu: 1 } };
      const changed = (path: string, more: Partial<VmSpec>, updateClass: 'live' | 'restart') => ({
        path,
        spec: { ...spec, vm: { ...vm, ...more } },
        updateClass,
      });
      const domains = async (): Promise<string[]> =>
        (await virsh('list', '--all', '--name')).split('\n').filter((name) => name.startsWith(`${project}-`));
      return {
        provider: () => vmProvider({ dir, project, env: { ...process.env }, pjVersion: '0' }),
        project,
        spec,
        changes: [
          { path: '/resources/cpu', spec: { ...spec, resources: { cpu: 0.5 } }, updateClass: 'live' as const },
          changed('/vm/disks/1', { disks: more }, 'live'),
          // Last: no processor is ever taken away.
          changed('/vm/vcpu', { disks: more, vcpu: 2 }, 'live'),
          changed('/vm/cmdline', { cmdline: `${guest.commandLine} pj.host=other` }, 'restart'),
        ],
        engineId: (attributes) => attributes['domainId'],
        kill: async (attributes) => void (await virsh('destroy', String(attributes['uuid']))),
        async leftovers() {
          const machines = join(dir, '.pj', 'vms');
          const files = existsSync(machines) ? readdirSync(machines, { recursive: true, encoding: 'utf8' }) : [];
          return [
            ...(await domains()),
            ...files.filter((file) => file !== 'disks'),
            ...readdirSync(dir).filter((name) => name !== '.pj'),
          ];
        },
        async clear() {
          for (const name of await domains()) {
            await virsh('destroy', name).catch(() => undefined);
            await virsh('undefine', name, '--nvram');
          }
          rmSync(dir, { recursive: true, force: true });
        },
      };
    },
    180_000,
  );
});
