import { PjError } from '../../../errors.ts';
import type { Json } from '../../../model/json.ts';
import type { GuestAgent } from '../guest/agent.ts';
import { complaint, refusal } from './connection/complaint.ts';
import type { Virsh } from './connection/virsh.ts';

/** virsh itself takes a while, too. Milliseconds. */
const MARGIN = 2000;

/** The command may be echoed before it. */
const ANSWER = /^(?:virsh # )?(\{"return":.*\})\s*$/m;
const UNWRITTEN = /^error: Failed to create '\/dev\/null.*$/gm;

/** The guest agent of a domain, through libvirt. */
export function guestAgentOf(virsh: Virsh, uuid: string, id: string): GuestAgent {
  return {
    id,
    async ask(command, args, { timeoutMs, signal }) {
      const question = JSON.stringify({ execute: command, arguments: args });
      const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
      const argv = ['qemu-agent-command', uuid, question, '--timeout', seconds];
      const doing = { action: `ask the guest agent (${command}) of`, id };
      const context = { signal, progress: () => undefined };
      try {
        // What is run in a guest may hold secrets.
        const { stdout, stderr } = await virsh.whisper(argv, doing, context, { timeoutMs: timeoutMs + MARGIN });
        const told = ANSWER.exec(stdout)?.[1];
        if (told === undefined) throw refusal(doing, complaint(stderr.replace(UNWRITTEN, '')));
        return (JSON.parse(told) as { return: Json }).return;
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof PjError && thrown.code !== 'PJ5505') throw thrown;
        const reason = thrown instanceof PjError ? String(thrown.details['reason']) : String(thrown);
        throw new PjError('PJ5509', { id, reason }, { cause: thrown });
      }
    },
  };
}
