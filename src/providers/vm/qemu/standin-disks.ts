import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { PjError } from '../../../errors.ts';
import { run } from '../../../os/exec.ts';
import type { Disks } from '../disks/contract.ts';

/** Until vm/disks is there. */
export function openDisks(): Disks {
  return {
    async make({ disks }, { id }, { signal }) {
      for (const { file, format, size, base, encryption } of disks) {
        if (file === undefined || existsSync(file)) continue;
        mkdirSync(dirname(file), { recursive: true });
        const back = base === undefined ? [] : ['-b', base, '-F', 'qcow2'];
        const secret =
          encryption === undefined
            ? []
            : [
                ...['--object', 'secret,id=k,file=/dev/stdin', '-o'],
                'encrypt.format=luks,encrypt.key-secret=k,encrypt.iter-time=10',
              ];
        const argv = ['qemu-img', 'create', '-q', '-f', format, ...back, ...secret, file];
        if (size !== undefined) argv.push(String(size));
        let reason = '';
        for (let i = 0; i < 20; i++) {
          const done = await run(argv, { timeoutMs: 60_000, signal, ...(encryption ? { input: encryption.passphrase } : {}) });
          reason = done.stderr;
          if (done.code === 0) break;
        }
        if (reason !== '') throw new PjError('PJ5507', { disk: file, id, reason });
      }
    },
    async remove({ disks }) {
      for (const { file, size, base } of disks)
        if (file !== undefined && (size !== undefined || base !== undefined)) rmSync(file, { force: true });
    },
    check: async () => [],
  };
}
