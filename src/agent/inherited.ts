import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC, as /proc/PID/fdinfo shows it. */
const CLOEXEC = 0o2000000;

/**
 * Closes what this process was handed beyond the three standard streams: whoever ran pj may have had a lock or a pipe open, and no workload may
 * keep that for ever. Everything that Node opens itself is closed in children anyway, and is let be.
 */
export function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (fd <= 2) continue;
    try {
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1];
      if (flags !== undefined && (Number.parseInt(flags, 8) & CLOEXEC) === 0) closeSync(fd);
    } catch {
      // The one that the folder was read through: closed by now.
    }
  }
}
