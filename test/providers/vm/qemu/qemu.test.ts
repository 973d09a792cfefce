import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Spec } from '../../../../src/model/spec.ts';
import type { VmSpec } from '../../../../src/model/vm-spec.ts';
import { readCmdline, readEnviron } from '../../../../src/os/process.ts';
import type { Made, Target } from '../../../../src/providers/contract.ts';
import { buildAgent, eventually, killNow, pidOf } from '../../../agent/ground.ts';
import { needs } from '../../../engines/engines.ts';
import { freePort } from '../../../support/pj.ts';
import { runningRecord } from '../../../support/records.ts';
import { guestSpec, MIB, type QemuGround, qemuGround } from './ground.ts';

const PASSPHRASE = 'correct-horse-battery-staple';
const BOOT = 60_000;

needs('guest')('QEMU alone', ({ guest }) => {
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  let here: QemuGround;
  beforeAll(async () => {
    agent = await buildAgent();
  });
  afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));
  afterEach(() => here.clear());

  /** What the guest says of itself over a forwarded port. */
  const info = async (port: number): Promise<{ boot_id: string; cpus: number; mem_kb: number } | undefined> => {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/cgi-bin/info`, { signal: AbortSignal.timeout(2_000) });
      return (await answer.json()) as { boot_id: string; cpus: number; mem_kb: number };
    } catch {
      return undefined;
    }
  };
  const booted = (port: number, not = '') =>
    eventually(
      'the guest answers',
      async () => {
        const told = await info(port);
        return told !== undefined && told.boot_id !== not && told;
      },
      BOOT,
    );
  const recordOf = (spec: Spec, made: Made) =>
    runningRecord({ id: 'a', kind: 'vm', spec, handle: made.handle, attributes: made.attributes });

  it('changes a guest that runs, keeps it through the death of its agent, starts it again, and asks it to switch itself off', async () => {
    here = qemuGround(agent.entry);
    const [port, second] = [await freePort(), await freePort()];
    const mapped = (host: number) => ({ container: 80, hostIp: '127.0.0.1', host });
    const vm: VmSpec = {
      vcpu: 1,
      maxVcpu: 2,
      maxMemory: 384 * MIB,
      guestAgent: true,
      disks: [{ path: 'secret.qcow2', size: MIB, encryption: { passphrase: PASSPHRASE } }],
      ports: [mapped(port)],
    };
    const spec: Spec = { ...guestSpec(guest, vm), stop: { gracePeriod: 20 } };
    const targetOf = (wanted: Spec, made?: Made): Target =>
      here.target('a', wanted, { handle: made?.handle ?? null, stored: withoutPassphrase(wanted) });
    const provider = here.machines();
    let made = await provider.create(targetOf(spec), here.context);
    made = await provider.start(targetOf(spec, made), here.context);
    const pid = pidOf(made.attributes);
    const first = await booted(port);

    // No sensitive value is in a command line or a file.
    expect(readCmdline(pid).join(' ')).not.toContain(PASSPHRASE);
    expect(Object.values(readEnviron(pid))).toContain(PASSPHRASE);
    const files = (dir: string): string[] =>
      readdirSync(dir, { withFileTypes: true, recursive: true }).flatMap((one) =>
        one.isFile() ? [join(one.parentPath, one.name)] : [],
      );
    const told = [...files(here.dir), ...files(here.env['XDG_RUNTIME_DIR'] ?? '')];
    expect(told.filter((file) => readFileSync(file).includes(PASSPHRASE))).toEqual([]);
    const disk = execFileSync('qemu-img', ['info', '-U', '--output=json', join(here.dir, 'secret.qcow2')]).toString();
    expect((JSON.parse(disk) as { encrypted?: boolean }).encrypted).toBe(true);

    // All at once: processor, memory, a disk, a port.
    const { vm: base = {} } = spec;
    const disks = [...(base.disks ?? []), { path: 'more.qcow2', size: MIB }];
    const ports = [mapped(port), mapped(second)];
    const more: Spec = { ...spec, vm: { ...base, vcpu: 2, memory: 256 * MIB, disks, ports } };
    made = await provider.update(targetOf(more, made), ['/vm'], here.context);
    expect(pidOf(made.attributes)).toBe(pid);
    const grown = await booted(second);
    expect(grown).toMatchObject({ boot_id: first.boot_id, cpus: 2 });
    expect(grown.mem_kb).toBeGreaterThan(first.mem_kb + 100 * 1024);
    const less: Spec = { ...more, vm: { ...more.vm, memory: 192 * MIB, disks: base.disks ?? [] } };
    made = await provider.update(targetOf(less, made), ['/vm'], here.context);
    const [seen] = await provider.read([recordOf(less, made)], here.context);
    expect(seen).toMatchObject({ status: 'running', fields: { '/vm/vcpu': 2, '/vm/memory': 192 * MIB } });
    expect(seen?.fields['/vm/disks']).toEqual(less.vm?.disks);

    // A disk that is taken away behind pj's back is seen.
    const [gone] = await provider.read([recordOf(more, made)], here.context);
    expect(gone?.fields['/vm/disks']).toEqual(base.disks);

    const stdout = new PassThrough();
    const streams = { stdin: undefined, stdout, stderr: stdout };
    expect(await provider.exec?.(recordOf(less, made), ['/bin/cat', '/proc/version'], streams, here.context)).toBe(0);
    expect(String(stdout.read())).toContain('Linux version');

    // The next agent has the passphrase from the process, and starts another one with all that was plugged in.
    killNow((await eventually('an agent', () => here.agentPid())) ?? 0);
    await eventually('no agent', () => here.agentPid() === undefined);
    expect((await provider.read([recordOf(less, made)], here.context))[0]?.status).toBe('running');
    await provider.watch?.(here.context);
    killNow(pid);
    const again = await booted(second, first.boot_id);
    expect(again.cpus).toBe(2);

    await provider.pause?.(targetOf(less, made), here.context);
    expect((await provider.read([recordOf(less, made)], here.context))[0]?.status).toBe('paused');
    await provider.resume?.(targetOf(less, made), here.context);
    await provider.stop(targetOf(less, made), here.context);
    const [off] = await provider.read([recordOf(less, made)], here.context);
    expect(off?.status).toBe('stopped');
    const [serial = ''] = provider.logFiles?.(recordOf(less, made)) ?? [];
    expect(readFileSync(serial, 'utf8')).toMatch(/PJ-ACPI-POWER|PJ-SHUTDOWN/);
    await provider.destroy(targetOf(less, made), { destroyVolumes: true }, here.context);
    expect(existsSync(join(here.dir, 'secret.qcow2'))).toBe(false);
    expect(here.cgroups()).toEqual([]);
  }, 180_000);

  it('tells why QEMU does not start, and leaves nothing running', async () => {
    here = qemuGround(agent.entry);
    const port = await freePort();
    const taken = createServer().listen(port, '127.0.0.1');
    const spec = guestSpec(guest, { ports: [{ container: 80, hostIp: '127.0.0.1', host: port }] });
    const provider = here.machines();
    const made = await provider.create(here.target('a', spec), here.context);
    const starting = provider.start(here.target('a', spec, { handle: made.handle }), here.context);
    await expect(starting).rejects.toThrow(/qemu refused to start a: .*host forwarding/);
    expect(here.marked()).toEqual([]);
    taken.close();
  });
});

function withoutPassphrase(spec: Spec): Spec {
  const hidden = { $sensitive: { parts: [{ secret: 'disk' }], digest: 'd' } } as unknown as string;
  const disks = spec.vm?.disks?.map((disk) =>
    disk.encryption === undefined ? disk : { ...disk, encryption: { passphrase: hidden } },
  );
  return { ...spec, vm: { ...spec.vm, ...(disks === undefined ? {} : { disks }) } };
}
