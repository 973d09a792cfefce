import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WorkloadRecord } from '../../../src/model/record.ts';
import type { Spec } from '../../../src/model/spec.ts';
import { detectCgroups } from '../../../src/os/cgroup.ts';
import type { CallContext, Provider, Target } from '../../../src/providers/contract.ts';
import { vmProvider } from '../../../src/providers/vm/index.ts';
import { unthrottledVm } from '../../../src/providers/vm/unthrottled.ts';
import { buildAgent, eventually, pidOf } from '../../agent/ground.ts';
import { needs } from '../../engines/engines.ts';
import { runTool } from '../../engines/guest/run-tool.ts';
import { coresOver, cpuSecondsOf, expectHeld } from '../../support/cpu.ts';
import { runningRecord } from '../../support/records.ts';
import { removeDomains } from '../../support/vms.ts';
import { guestSpec, MIB, type QemuGround, qemuGround } from './qemu/ground.ts';

const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
/** A guest under emulation takes its time. */
const LONG = 120_000;

/** A guest that answers, with one processor that spins. */
async function spinning(provider: Provider, target: Target): Promise<WorkloadRecord> {
  const made = await provider.create(target, context);
  const { handle, attributes } = await provider.start({ ...target, handle: made.handle }, context);
  const record = runningRecord({ id: target.identity.id, kind: 'vm', spec: target.spec, handle, attributes });
  const spin = ['sh', '-c', '(while :; do :; done) </dev/null >/dev/null 2>&1 &'];
  await eventually(
    'the guest agent to start the spinner',
    async () => {
      const streams = { stdin: undefined, stdout: new PassThrough().resume(), stderr: new PassThrough().resume() };
      return (await provider.exec?.(record, spin, streams, context).catch(() => 1)) === 0;
    },
    LONG,
  );
  return record;
}

/** Throttles, sees that the guest gets no more and that `read` tells the same, and lifts it. */
async function throttled(provider: Provider, record: WorkloadRecord, seconds: () => number | Promise<number>) {
  const quota = record.spec.resources?.cpu ?? 0;
  const fields = async () => (await provider.read([record], context))[0]?.fields ?? {};
  expect((await fields())['/resources/cpu']).toBe(quota);

  const held = await provider.throttle?.(record, { cpu: 0.25 }, context);
  expect(held).toEqual({ cpu: 0.25 });
  expect((await fields())['/resources/cpu']).toBe(0.25);
  await expectHeld(0.25, seconds);
  // Once more is as once.
  expect(await provider.throttle?.(record, { cpu: 0.25 }, context)).toEqual({ cpu: 0.25 });

  const less = await provider.throttle?.(record, { memory: 120 * MIB }, context);
  expect(Math.abs(Number(less?.memory) - 120 * MIB)).toBeLessThanOrEqual(MIB);
  expect((await fields())['/vm/memory']).toBe(less?.memory);
  expect((await fields())['/resources/cpu']).toBe(0.25);

  const lifted = await provider.throttle?.(record, { cpu: null, memory: null }, context);
  expect(lifted?.cpu).toBe(quota);
  expect(Math.abs(Number(lifted?.memory) - 160 * MIB)).toBeLessThanOrEqual(MIB);
  expect(await fields()).toMatchObject({ '/resources/cpu': quota, '/vm/memory': 160 * MIB });
  // How much of it a busy machine gives is another matter.
  expect(await coresOver(2_000, seconds)).toBeGreaterThan(0.25 * 1.1);

  // What a descriptor says wins over a throttle.
  await provider.throttle?.(record, { cpu: 0.2 }, context);
  const spec: Spec = { ...record.spec, resources: { cpu: 0.5 } };
  const { identity } = targetOf(record);
  const made = await provider.update({ ...targetOf(record), spec, stored: spec }, ['/resources/cpu'], context);
  const changed = { ...record, spec, handle: made.handle };
  expect((await provider.read([changed], context))[0]?.fields['/resources/cpu']).toBe(0.5);
  // A guest cannot live on so little.
  await expect(provider.throttle?.(changed, { memory: MIB }, context)).rejects.toMatchObject({ code: 'PJ5510' });

  await provider.stop({ ...targetOf(changed), identity }, context);
  expect(await provider.throttle?.(changed, { cpu: 0.1 }, context)).toEqual({});
}

let identityOf: (id: string) => Target['identity'];
const targetOf = ({ id, spec, handle }: Pick<WorkloadRecord, 'id' | 'spec' | 'handle'>): Target => ({
  identity: identityOf(id),
  handle,
  spec,
  stored: spec,
  specDigest: JSON.stringify(spec),
});

const GUEST = { memory: 160 * MIB, vcpu: 1, guestAgent: true };
const MORE: Spec = { resources: { cpu: 0.8 }, stop: { gracePeriod: 0 } };

describe('what of a machine can be throttled', () => {
  it('is told before anything runs', () => {
    const host = { ...detectCgroups(), controllers: new Set(['cpu' as const]) };
    const told = (vm: Spec['vm'], on = host) =>
      (['cpu', 'memory', 'threads', 'disk'] as const).map((resource) => unthrottledVm(resource, { vm: vm ?? {} }, on));
    expect(told({}).map((one) => one === undefined)).toEqual([true, true, false, false]);
    expect(told({ uri: 'qemu:///session' })[0]).toMatch(/of a user \(qemu:\/\/\/session\)/);
    expect(told({ gpu: ['0000:01:00.0'] })[1]).toMatch(/device of the host/);
    const none = { ...host, controllers: new Set<'cpu'>(), reason: 'nothing is delegated' };
    expect(told({ runtime: 'qemu' }, none)[0]).toBe('nothing is delegated');
    expect(told({ runtime: 'libvirt' }, none)[0]).toBeUndefined();
  });
});

needs('libvirt', 'guest')('throttles of machines on libvirt', ({ libvirt, guest }) => {
  const lineage = randomUUID();
  const dir = mkdtempSync(join(tmpdir(), 'pj-throttle-'));
  const project = `t${randomBytes(4).toString('hex')}`;
  let provider: Provider | undefined;
  afterEach(async () => {
    await provider?.close?.();
    await removeDomains(libvirt.uri, lineage);
    rmSync(dir, { recursive: true, force: true });
  });

  it('hold by the quota of the domain and by its balloon, show as what is read, and are lifted', {
    timeout: LONG,
  }, async () => {
    // The users of the engines pass through it.
    chmodSync(dir, 0o711);
    identityOf = (id) => ({ project, lineage, id, generation: 1 });
    provider = vmProvider({ dir, project, env: { ...process.env }, pjVersion: '0' });
    const { vm, ...rest } = guestSpec(guest, { ...GUEST, runtime: 'libvirt', uri: libvirt.uri, networks: [] });
    const spec: Spec = { ...rest, ...MORE, ...(vm === undefined ? {} : { vm }) };
    const record = await spinning(provider, targetOf({ id: 'a', spec, handle: null }));
    const uuid = String(record.handle?.['uuid']);
    const stats = (): Promise<string> =>
      runTool('virsh', ['-q', '-c', libvirt.uri, 'domstats', '--cpu-total', uuid], '/', 30_000, { LC_ALL: 'C' });
    await throttled(provider, record, async () => Number(/cpu\.time=(\d+)/.exec(await stats())?.[1]) / 1e9);
  });
});

needs('guest')('throttles of machines on QEMU alone', ({ guest }) => {
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  let here: QemuGround | undefined;
  beforeAll(async () => {
    agent = await buildAgent();
  });
  afterEach(() => here?.clear());
  afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));

  if (detectCgroups().controllers.has('cpu'))
    it('hold by the group of its process and by its balloon, show as what is read, and are lifted', {
      timeout: LONG,
    }, async () => {
      here = qemuGround(agent.entry);
      const { identity } = here;
      identityOf = (id) => identity(id);
      const provider = here.machines();
      const spec: Spec = { ...guestSpec(guest, GUEST), ...MORE };
      const record = await spinning(provider, targetOf({ id: 'a', spec, handle: null }));
      const pid = pidOf(record.attributes);
      await throttled(provider, record, () => cpuSecondsOf(pid));
    });
});
