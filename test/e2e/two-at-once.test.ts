import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Scratch, until } from '../support/pj.ts';

let scratch: Scratch | undefined;
afterEach(async () => {
  await scratch?.cleanUp();
  scratch = undefined;
});

const SLOW = {
  'all.yaml': `applicationId: slow
native: { type: job, command: /bin/sh, args: ["-c", "sleep 3"] }
---
applicationId: after
dependencies: [{ id: slow, condition: completed }]
native: { command: /bin/sleep, args: ["100000"] }
`,
};

describe('two applies at once', () => {
  it('the second says who holds the lock and ends with its own exit code', async () => {
    const pj = new Scratch(SLOW);
    scratch = pj;
    const first = pj.start(['apply', '--auto-approve']);
    await until('the lock', () => readable(pj, '.pj/lock.json'));
    const second = await pj.pj(['apply', '--auto-approve']);
    expect(second.code).toBe(6);
    expect(second.stderr).toContain(`pid ${first.pid}`);
    expect((await first.done).code).toBe(0);
  });

  it('the second waits when it may, and then has nothing to do', async () => {
    const pj = new Scratch(SLOW);
    scratch = pj;
    const first = pj.start(['apply', '--auto-approve']);
    await until('the lock', () => readable(pj, '.pj/lock.json'));
    const second = await pj.pj(['apply', '--auto-approve', '--lock-timeout=30s']);
    expect((await first.done).code).toBe(0);
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('No changes.');
    expect(second.stderr).toContain(`pid ${first.pid}`);
    expect(pj.processes()).toHaveLength(1);
  });

  it('takes over the lock of a holder that is dead, with a notice', async () => {
    const pj = new Scratch(SLOW);
    scratch = pj;
    const first = pj.start(['apply', '--auto-approve']);
    await until('the lock', () => readable(pj, '.pj/lock.json'));
    first.kill('SIGKILL');
    await first.done;
    const second = await pj.ok(['apply', '--auto-approve']);
    expect(second.stderr).toContain(`pid ${first.pid}`);
    await pj.ok(['plan', '--detailed-exitcode']);
  });

  it('a lock whose pid now belongs to another process (start time differs) is a dead holder, and that process gets no signal', async () => {
    const pj = new Scratch(SLOW);
    scratch = pj;
    await pj.ok(['apply', '--auto-approve']);
    const stranger = process.pid;
    writeFileSync(
      join(pj.dir, '.pj/lock.json'),
      JSON.stringify({
        id: 'forged',
        who: 'nobody',
        host: (await import('node:os')).hostname(),
        pid: stranger,
        startTime: '1',
        bootId: (await import('node:fs')).readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
        operation: 'apply',
        at: new Date().toISOString(),
      }),
    );
    await pj.ok(['apply', '--auto-approve']);
  });
});

function readable(pj: Scratch, name: string): boolean {
  try {
    return pj.read(name).length > 0;
  } catch {
    return false; // not there yet
  }
}
