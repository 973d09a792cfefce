import { setTimeout as pause } from 'node:timers/promises';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Virsh } from '../connection/virsh.ts';
import { fromXml, one, toXml, type Xml } from '../xml/tree.ts';
import type { Way } from './hosts.ts';
import type { Copy } from './prospect.ts';

/** As long as the step may take. */
const LONG = { timeoutMs: 24 * 3600_000 };
const LOOK = 500;

/** Has libvirt move a domain. When it is told to end it takes the job back: the guest runs on where it was. */
export async function transfer({ from, to, seen, doing, context }: Way, copies: readonly Copy[]): Promise<void> {
  const { uuid } = seen;
  const free = { ...context, signal: new AbortController().signal };
  const runs = seen.live !== undefined;
  const kind = runs
    ? [
        '--live',
        '--auto-converge',
        ...(copies.length > 0 ? ['--copy-storage-all', '--migrate-disks', list(copies)] : []),
      ]
    : ['--offline'];
  // libvirt takes network file systems only for shared: that these files are the same is known.
  const argv = ['migrate', uuid, to.uri, ...kind, '--persistent', '--undefinesource', '--unsafe'];
  const log = to.local || !runs ? undefined : await withoutLog(from, uuid, doing, context);
  const over = log === undefined ? [] : ['--xml', '/dev/stdin', '--persistent-xml', '/dev/stdin'];
  const done = new AbortController();
  const giveUp = (): void => void from.ask(['domjobabort', uuid], doing, free).catch(() => undefined);
  context.signal.addEventListener('abort', giveUp, { once: true });
  try {
    const moved = from
      .call([...argv, ...over], doing, free, { ...LONG, ...(log === undefined ? {} : { input: log }) })
      .finally(() => done.abort());
    await Promise.all([moved, tell(from, uuid, doing, context, done.signal)]);
  } finally {
    context.signal.removeEventListener('abort', giveUp);
  }
}

const list = (copies: readonly Copy[]): string => copies.map(({ target }) => target).join(',');

/** Says how far it is, until it has come to its end. */
async function tell(virsh: Virsh, uuid: string, doing: Doing, context: CallContext, done: AbortSignal): Promise<void> {
  for (let before = ''; !done.aborted; ) {
    const part = await progressOf(virsh, uuid, doing, { ...context, signal: done }).catch(() => undefined);
    if (part !== undefined && part !== before) context.progress(part);
    before = part ?? before;
    await pause(LOOK, undefined, { signal: done }).catch(() => undefined);
  }
}

/** How far the migration of a domain is; undefined where there is none under way. */
async function progressOf(virsh: Virsh, uuid: string, doing: Doing, context: CallContext): Promise<string | undefined> {
  const told = (await virsh.ask(['domjobinfo', uuid], doing, context)) ?? '';
  if (!/^Operation:\s+Outgoing migration/m.test(told)) return undefined;
  const at = (what: string): number => bytesIn(new RegExp(`^Data ${what}:\\s+(.+)$`, 'm').exec(told)?.[1] ?? '');
  const [left, total] = [at('remaining'), at('total')];
  return total > 0 ? `migrating: ${Math.floor(100 * (1 - left / total))} %` : 'migrating';
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function bytesIn(text: string): number {
  const [, value = '0', unit = 'B'] = /^([\d.]+) (\w+)/.exec(text) ?? [];
  return Number(value) * 1024 ** Math.max(0, UNITS.indexOf(unit));
}

/** Waits until no migration of the domain is under way: one whose pj was killed goes on. */
export async function waitForTransfer(virsh: Virsh, uuid: string, doing: Doing, context: CallContext): Promise<void> {
  for (;;) {
    const part = await progressOf(virsh, uuid, doing, context);
    if (part === undefined) return;
    context.progress(part);
    await pause(LOOK, undefined, { signal: context.signal });
  }
}

/** The XML of a domain for a host that is not this one: its console's log is a file of this one. */
async function withoutLog(virsh: Virsh, uuid: string, doing: Doing, context: CallContext): Promise<string | undefined> {
  const argv = ['dumpxml', uuid, '--migratable', '--security-info'];
  const domain = one(fromXml(await virsh.call(argv, doing, context)), 'domain');
  const devices = one(domain, 'devices');
  if (domain === undefined || devices === undefined) return undefined;
  const [serial, console_] = [one(devices, 'serial'), one(devices, 'console')];
  if (one(serial, 'log') === undefined && one(console_, 'log') === undefined) return undefined;
  const bare = ({ log: _, ...rest }: Xml): Xml => rest;
  return toXml({
    domain: {
      ...domain,
      devices: {
        ...devices,
        ...(serial === undefined ? {} : { serial: bare(serial) }),
        ...(console_ === undefined ? {} : { console: bare(console_) }),
      },
    },
  });
}
