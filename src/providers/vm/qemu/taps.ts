import { existsSync } from 'node:fs';
import { run } from '../../../os/exec.ts';
import type { CallContext } from '../../contract.ts';
import { unchanged } from './hot-plug.ts';

/** Makes the interface of this host that a card on a bridge is the other end of, and puts it there. Throws PJ5510. */
export async function makeTap(id: string, name: string, bridge: string, context: CallContext): Promise<void> {
  await removeTap(name, context);
  for (const args of [
    ['tuntap', 'add', 'dev', name, 'mode', 'tap'],
    ['link', 'set', 'dev', name, 'master', bridge, 'up'],
  ]) {
    const done = await run(['ip', ...args], { timeoutMs: 10_000, signal: context.signal });
    if (done.code !== 0) throw unchanged(id, `ip ${args.join(' ')}: ${done.stderr.trim()}`);
  }
}

/** It is there until somebody takes it away. */
export async function removeTap(name: string, { signal }: CallContext): Promise<void> {
  if (!existsSync(`/sys/class/net/${name}`)) return;
  await run(['ip', 'link', 'delete', name], { timeoutMs: 10_000, signal });
}
