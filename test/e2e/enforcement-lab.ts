import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { expectHeld } from '../support/cpu.ts';
import { coresOf, cpuGroup, cpuSeconds, diskFiller, forkBomb, hogs, memoryHog, spinner, tag } from '../support/hogs.ts';
import { alive, Scratch, until } from '../support/pj.ts';
import { actionDone, auditOf, event, eventsOf, keptOf } from '../support/quotas.ts';

/** One kind on which quotas are broken. */
export interface Lab {
  /** What runs a script of sh, as the lines of a descriptor. */
  program(script: string): string;
  env: Record<string, string>;
  /** Processes beside the program's own. */
  beside: number;
  /** Where a file makes the spinner calm, and how it is put there. */
  calm: { path: string; put(scratch: Scratch, id: string): Promise<unknown> };
  /** A folder for a disk filler: the path in it, and the lines of a volume there. Absent: nothing of it is counted. */
  disk?: { path: string; volumes: string };
  /** After the project is gone. */
  clean?(lineage: string | undefined): Promise<void>;
}

/** The tests of one kind. */
export function breaksQuotas(lab: Lab, after: (call: () => Promise<void>) => void): void {
  const project = (documents: string[]): Scratch => {
    const scratch = new Scratch({
      'pj.yaml': `name: enf-${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.3 } }\n`,
      'all.yaml': documents.map((one) => `---\n${one}\n`).join(''),
    });
    scratch.env = { ...scratch.env, ...lab.env };
    after(async () => {
      const lineage = scratch.lineage();
      await scratch.cleanUp();
      await lab.clean?.(lineage);
    });
    return scratch;
  };
  const document = (id: string, script: string, more: string): string =>
    `applicationId: ${id}\n${lab.program(script)}\nrestart: { policy: "no" }\nstop: { gracePeriod: 1s }\n${more}`;
  const enforce = (resource: string, quota: string, action: string): string =>
    `resources: { ${quota}, enforcement: { ${resource}: ${action}, gracePeriod: 2 } }`;
  /** The agent is killed as by the kernel, and another one started. */
  const killAgent = async (scratch: Scratch): Promise<void> => {
    const [pid] = scratch.agents();
    if (pid === undefined) throw new Error('no agent runs');
    process.kill(pid, 'SIGKILL');
    await until('the end of the agent', () => !alive(pid));
    await scratch.ok(['agent', 'start']);
  };

  it('THROTTLE: a spinner gets half of its quota, which no plan sees, through the death of the agent, until it is calm', async () => {
    const name = tag();
    const scratch = project([document('spin', spinner(name, lab.calm.path), enforce('cpu', 'cpu: 0.4', 'THROTTLE'))]);
    await scratch.ok(['apply', '--auto-approve']);
    const set = await event(scratch, 'throttle_set');
    expect(set.data?.['to']).toBeCloseTo(0.2, 2);
    const group = cpuGroup(name);
    expect(coresOf(group)).toBeCloseTo(0.2, 5);
    await expectHeld(0.2, () => cpuSeconds(name));
    expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
    await scratch.ok(['drift']);
    const [pid] = hogs(name);
    await killAgent(scratch);
    const resumed = await event(scratch, 'throttle_resumed');
    expect(resumed.workload).toBe('spin');
    expect(coresOf(group)).toBeCloseTo(0.2, 5);
    expect(hogs(name)).toContain(pid);
    await lab.calm.put(scratch, 'spin');
    await event(scratch, 'throttle_released');
    expect(coresOf(group)).toBeCloseTo(0.4, 5);
    await event(scratch, 'quota_ok');
    await scratch.ok(['plan', '--detailed-exitcode']);
    expect(auditOf(scratch)).toEqual(expect.arrayContaining(['enforce THROTTLE spin cpu', 'enforce release spin cpu']));
  });

  it('THROTTLE: is lifted by the next agent where nothing is enforced any more by then', async () => {
    const name = tag();
    const lines = (enforced: string): string => document('spin', spinner(name, lab.calm.path), enforced);
    const scratch = project([lines(enforce('cpu', 'cpu: 0.4', 'THROTTLE'))]);
    await scratch.ok(['apply', '--auto-approve']);
    await event(scratch, 'throttle_set');
    const group = cpuGroup(name);
    scratch.write({ 'all.yaml': lines('resources: { cpu: 0.4 }') });
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['agent', 'start']);
    const released = await event(scratch, 'throttle_released');
    expect(released.message).toMatch(/enforcement was changed/);
    expect(coresOf(group)).toBeCloseTo(0.4, 5);
  });

  it('NOTIFY: a fork bomb is told of, once, and nothing else is done; its counters outlive the agent', async () => {
    const name = tag();
    const bomb = forkBomb(name, 12 - lab.beside);
    const scratch = project([document('bomb', bomb, enforce('threads', 'maxProcesses: 12', 'NOTIFY'))]);
    await scratch.ok(['apply', '--auto-approve']);
    const told = await actionDone(scratch);
    expect(told).toMatchObject({
      workload: 'bomb',
      severity: 'warning',
      data: { resource: 'threads', action: 'NOTIFY' },
    });
    expect(JSON.stringify(keptOf(scratch, 'bomb'))).toContain('"notified":true');
    await killAgent(scratch);
    // It goes on from where the one before was: it says nothing a second time.
    const kept = JSON.stringify(keptOf(scratch, 'bomb'));
    await until('samples', async () => (await scratch.pj(['plan'])).code === 0);
    expect(eventsOf(scratch, 'quota_action')).toHaveLength(1);
    expect(JSON.stringify(keptOf(scratch, 'bomb'))).toBe(kept);
    expect(hogs(name).length).toBeGreaterThan(0);
    await scratch.ok(['plan', '--detailed-exitcode']);
  });

  it('SHUTDOWN: who depends on a memory hog is stopped before it', async () => {
    const name = tag();
    const idle = tag();
    const scratch = project([
      document('back', memoryHog(name, 24), enforce('memory', 'memory: 24MiB', 'SHUTDOWN')),
      document('front', `: ${idle}; exec sleep 100000`, 'dependencies: [back]'),
    ]);
    await scratch.ok(['apply', '--auto-approve']);
    const done = await actionDone(scratch);
    expect(done.data).toMatchObject({ resource: 'memory', action: 'SHUTDOWN', ok: true });
    const stopped = eventsOf(scratch, 'step_complete')
      .filter(({ data }) => data?.['action'] === 'stop')
      .map(({ workload }) => workload);
    expect(stopped).toEqual(['front', 'back']);
    expect(hogs(name)).toEqual([]);
    const status = JSON.parse((await scratch.ok(['status', '--json'])).stdout) as unknown;
    expect(JSON.stringify(status)).toMatch(/STOPPED/);
    // The next apply brings both back.
    expect((await scratch.ok(['plan', '--detailed-exitcode'], {}, 2)).stdout).toContain('back');
  });

  it('KILL: leaves FAILED with the reason, which the next apply mends', async () => {
    const name = tag();
    const hog = lab.disk === undefined ? memoryHog(name, 24) : diskFiller(name, lab.disk.path, 30);
    const resource = lab.disk === undefined ? 'memory' : 'disk';
    const more = `${enforce(resource, `${resource}: ${lab.disk === undefined ? 24 : 20}MiB`, 'KILL')}\n${lab.disk?.volumes ?? ''}`;
    const scratch = project([document('hog', hog, more)]);
    await scratch.ok(['apply', '--auto-approve']);
    const done = await actionDone(scratch);
    expect(done.data).toMatchObject({ resource, action: 'KILL', ok: true });
    const { stdout } = await scratch.ok(['status', 'hog']);
    expect(stdout).toContain('FAILED');
    expect((await scratch.ok(['status', 'hog', '--json'])).stdout).toMatch(/quota enforcement \(KILL\)/);
    expect(hogs(name)).toEqual([]);
    expect(auditOf(scratch)).toContain(`enforce KILL hog ${resource}`);
    await scratch.ok(['plan', '--detailed-exitcode'], {}, 2);
  });
}
