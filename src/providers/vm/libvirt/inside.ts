import { spawn } from 'node:child_process';
import { PjError } from '../../../errors.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { GuestAgent } from '../guest/agent.ts';
import { guestExec } from '../guest/exec.ts';
import { guestHealth } from '../guest/health.ts';
import type { Machines } from '../runtime.ts';
import type { LibvirtContext } from './context.ts';
import { guestAgentOf } from './guest.ts';

/** What reaches into a guest: its agent and its console. */
export function domainGuest(ctx: LibvirtContext): Pick<Machines, 'exec' | 'health' | 'console'> {
  const agentOf = (record: WorkloadRecord): GuestAgent =>
    guestAgentOf(ctx.virsh(ctx.uriOf(record)), String(record.handle?.['uuid']), record.id);
  return {
    exec: (record, argv, streams, context) => guestExec(agentOf(record), argv, streams, context),
    health: (record, spec, context) => guestHealth(agentOf(record), spec, context),
    async console(record, { stdin, stdout, stderr, tty }, { signal }) {
      const { id } = record;
      if (record.spec.vm?.serial === false) throw new PjError('PJ5516', { id, reason: 'it has no serial port' });
      // virsh takes a terminal only; where there is none its output is all that there is to see.
      if (tty === undefined) throw new PjError('PJ5516', { id, reason: 'virsh takes a terminal, and there is none' });
      const virsh = ctx.virsh(ctx.uriOf(record));
      const [command = '', ...args] = virsh.argv(['console', String(record.handle?.['uuid']), '--force']);
      const whole = stdin === process.stdin && stdout === process.stdout && stderr === process.stderr;
      if (!whole) throw new PjError('PJ5516', { id, reason: 'virsh takes the terminal of pj itself' });
      const child = spawn(command, args, { stdio: 'inherit', env: virsh.env, signal });
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', resolve);
      });
      if (code !== 0) throw new PjError('PJ5516', { id, reason: `virsh console ended with ${code ?? 'a signal'}` });
    },
  };
}
