import { chmodSync, chownSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keyOf } from '../../../agent/entry.ts';
import { lookupUser } from '../../../os/accounts.ts';
import { errno } from '../../../os/kernel-file.ts';

/** Where the java.policy of an instance is: as long as the instance, since the agent may start it again at any time. */
export function policyPath(project: string, identity: { id: string; generation: number }): string {
  return join(folderIn(project), `${keyOf(identity)}.policy`);
}

const folderIn = (project: string): string => join(project, '.pj', 'java');

const OPTION = '-Djava.security.policy==';

/** The policy file of pj's that a command line names; one of its user's is none. */
export function policyIn(project: string, args: readonly unknown[] | undefined): string | undefined {
  const ours = `${OPTION}${folderIn(project)}/`;
  const found = args?.find((arg) => typeof arg === 'string' && arg.startsWith(ours));
  return typeof found === 'string' ? found.slice(OPTION.length) : undefined;
}

/** Writes it, whole or not at all; where its JVM runs as another user, that user may read it. */
export function writePolicy(path: string, text: string, user: string | undefined): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, text, { mode: 0o600 });
  const account = user === undefined ? undefined : lookupUser(user);
  if (account !== undefined && account.uid !== process.geteuid?.()) {
    chownSync(next, account.uid, account.gid);
    // They let it through, but not look.
    for (const closed of [dirname(folder), folder]) chmodSync(closed, 0o711);
  }
  renameSync(next, path);
}

/** Removes it, and its folder with the last one. */
export function removePolicy(path: string): void {
  rmSync(path, { force: true });
  try {
    rmdirSync(dirname(path));
  } catch (thrown) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errno(thrown) ?? '')) throw thrown;
  }
}
