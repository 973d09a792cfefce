/**
 * A program of its own, which the agent runs to stop a machine: `QMP-SOCKET SECONDS [GUEST-AGENT-SOCKET]`. Asks the guest to switch itself off, by
 * the power button and by the guest agent, and again where it was not ready to hear it. Ends when QEMU has ended, or the time is over: the agent
 * then ends it.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../../../model/json.ts';
import { shutDownGuest } from '../guest/lifecycle.ts';
import { guestAgentAt } from './guest-agent.ts';
import { withQmp } from './qmp.ts';

/** A guest that is still booting does not see the button. Milliseconds. */
const AGAIN = 3_000;

async function main([qmpPath = '', seconds = '', guestPath]: readonly string[]): Promise<void> {
  const end = performance.now() + Number(seconds) * 1000 - 100;
  const runs = (): boolean => existsSync(`/proc/${process.env['PJ_PID'] ?? ''}`);
  while (performance.now() < end && runs()) {
    await Promise.all([press(qmpPath), guestPath === undefined ? undefined : tellGuest(guestPath)]);
    const again = Math.min(end, performance.now() + AGAIN);
    while (performance.now() < again && runs()) await sleep(50);
  }
}

/** The power button. A machine that is paused could not act on it. The monitor takes one client at a time, so it is let go at once. */
async function press(path: string): Promise<void> {
  await withQmp(path, async (qmp) => {
    const status = await qmp.ask('query-status');
    if (isObject(status) && status['status'] === 'paused') await qmp.ask('cont');
    await qmp.ask('system_powerdown');
  }).catch(() => undefined);
}

/** A guest that is still booting has no agent to hear it. */
const tellGuest = (path: string): Promise<void> =>
  shutDownGuest(guestAgentAt(path, 'it'), new AbortController().signal).catch(() => undefined);

void main(process.argv.slice(2));
