import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { GuestKernel } from '../guest/kernel.ts';
import { downloadPackage } from '../guest/package.ts';
import { runTool } from '../guest/run-tool.ts';
import { busyboxRoot, copyProgram } from '../root-fs.ts';

/** Files that go into the guest as they are. */
const OWN_FILES = resolve(import.meta.dirname, 'root');

/** What the guest agent is linked with: it is unpacked only, so nothing else brings them. */
export const AGENT_LIBRARIES: readonly string[] = ['libglib2.0-0', 'libnuma1', 'libpcre2-8-0', 'libudev1', 'liburing2'];

/** Fills the root of the guest: busybox, drivers, the guest agent at `agent`, and our own files. */
export async function guestRoot(root: string, kernel: GuestKernel, agent: string): Promise<void> {
  await busyboxRoot(root);
  for (const name of ['data', 'modules', 'seed', 'root/.ssh', 'www']) mkdirSync(join(root, name), { recursive: true });
  for (const name of ['data', 'seed']) symlinkSync(`/${name}`, join(root, 'www', name));
  symlinkSync('/root/.ssh/authorized_keys', join(root, 'www/authorized_keys'));
  for (const [at, file] of kernel.devices.entries()) {
    copyFileSync(file, join(root, 'modules', `${String(at).padStart(2, '0')}-${basename(file)}`));
  }
  await copyProgram(root, agent, '/usr/sbin/qemu-ga');
  cpSync(OWN_FILES, root, { recursive: true });
}

/** Puts Debian's guest agent at `file`. The package is unpacked only: installed it would start in this machine. */
export async function fetchAgent(file: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'pj-guest-agent-'));
  try {
    const deb = await downloadPackage(work, async () => 'qemu-guest-agent');
    await runTool('dpkg-deb', ['-x', deb, join(work, 'files')], work, 60_000);
    copyFileSync(join(work, 'files/usr/sbin/qemu-ga'), file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
