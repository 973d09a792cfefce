import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { Scratch, until } from '../support/pj.ts';
import { auditOf, eventsOf } from '../support/quotas.ts';
import { heldDomains, removeDomains } from '../support/vms.ts';

needs('libvirt', 'guest')('machines that end by themselves', ({ libvirt, guest }) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    const lineage = pj?.lineage();
    await pj?.cleanUp();
    await removeDomains(libvirt.uri, lineage);
    pj = undefined;
  });

  it('on libvirt: one that is killed, or switches itself off, is started again by its restart policy', {
    timeout: 240_000,
  }, async () => {
    const scratch = new Scratch({
      'pj.yaml': `name: hv${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 500ms } }\n`,
      'db.yaml': JSON.stringify({
        applicationId: 'db',
        vm: {
          ...{ runtime: 'libvirt', uri: libvirt.uri, vcpu: 1, memory: '160MiB', guestAgent: true },
          ...{ kernel: guest.kernel, initrd: guest.initrd, cmdline: guest.commandLine },
        },
        restart: { policy: 'always', delay: '200ms' },
        healthCheck: { type: 'engine', interval: '1s', timeout: '5s', startPeriod: '120s' },
        stop: { gracePeriod: '0s' },
      }),
    });
    pj = scratch;
    // The users of the engines pass through it.
    chmodSync(scratch.dir, 0o711);
    await scratch.ok(['apply', '--auto-approve']);
    const [domain] = await heldDomains(libvirt.uri, scratch.lineage());
    const restarts = () => eventsOf(scratch, 'workload_restarted').length;
    process.kill(qemuOf(domain?.uuid ?? ''), 'SIGKILL');
    await until('the first restart', () => restarts() >= 1, 100_000);
    expect(eventsOf(scratch, 'workload_ended')[0]?.message).toContain('its QEMU was ended');
    expect((await heldDomains(libvirt.uri, scratch.lineage()))[0]).toMatchObject({
      uuid: domain?.uuid,
      state: 'running',
    });
    await scratch.ok(['plan', '--detailed-exitcode']);
    // The machine runs before its guest agent answers.
    await until('its guest', async () => (await scratch.pj(['exec', 'db', '--', 'true'])).code === 0, 100_000);
    const off = await scratch.pj(['exec', 'db', '--', 'poweroff', '-f']);
    await until(`the second restart, after ${JSON.stringify(off)}`, () => restarts() >= 2, 100_000);
    expect(eventsOf(scratch, 'workload_ended')[1]?.message).toContain('switched itself off');
    await scratch.ok(['plan', '--detailed-exitcode']);
    expect(auditOf(scratch).filter((one) => one.startsWith('agent: start db'))).toHaveLength(2);
  });
});

/** The process of a domain: libvirt's own word for its uuid stands in its command line. */
function qemuOf(uuid: string): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (words[0]?.includes('qemu') && words.includes(uuid)) return Number(name);
    } catch {
      // It has ended.
    }
  }
  throw new Error(`no QEMU of ${uuid}`);
}
